"""ChatKit's widget in the pages of MkDocs (the plugin `chatkit`) and Sphinx (the extension `chatkit_docs.sphinx`)."""
