"""French."""

from chatkit.answers.phrases.phrases import Phrases

FRENCH = Phrases(
    nearest="Voici les sections les plus proches.",
    not_covered="Les pages ne traitent pas de ce sujet.",
    nothing_near="Rien sur ce site ne se rapproche de votre question, il n’y a donc pas de réponse à montrer.",
    ask_people="Vous pouvez demander à d’autres personnes ici :",
    unsupported="(introuvable dans les pages du site)",
    interrupted="La réponse s’est interrompue ici. Voici ce que dit la documentation elle-même :",
    interrupted_without_fallback="La réponse s’est interrompue ici. Reposez la question pour l’obtenir en entier.",
    ungrounded="Rien de tout cela n’a été trouvé dans les pages du site.",
    other_version="Les pages de votre version n’y répondent pas. Ceci vient de la version {version}.",
    current_version="Les pages de votre version n’y répondent pas. Ceci vient de la version actuelle.",
    other_language="Les pages dans votre langue n’y répondent pas. Ceci vient de pages dans une autre : {language}.",
    hello="Bonjour. Que souhaitez-vous savoir ?",
    welcome="Je vous en prie.",
    goodbye="Au revoir.",
    greetings="""
        bonjour, bonsoir, salut, coucou, bjr, hello, comment ça va, comment allez vous, ça va
    """,
    thanks="""
        merci, mille mercis, merci beaucoup, grand merci, mrc, je vous remercie, je te remercie
    """,
    farewells="""
        au revoir, à bientôt, à plus, à plus tard, bonne nuit, adieu, ciao, bye, tchao
    """,
    politeness="""
        et, à tous, à toutes, à vous, à toi, tout le monde, bien, beaucoup, infiniment, encore, d’avance,
        pour votre aide, pour ton aide, pour l’aide, pour la réponse, pour votre réponse, ok, d’accord, super,
        parfait, génial, très bien, oui, non, madame, monsieur, bonne journée, bonne soirée, c’est tout,
        ça marche
    """,
)
