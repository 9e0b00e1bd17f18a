"""Spanish."""

from chatkit.answers.phrases.phrases import Phrases

SPANISH = Phrases(
    nearest="Estas son las secciones más cercanas.",
    not_covered="Las páginas no tratan este tema.",
    nothing_near="Nada en este sitio se acerca a su pregunta, así que no hay respuesta que mostrar.",
    ask_people="Aquí puede preguntar a otras personas:",
    unsupported="(no se encuentra en las páginas del sitio)",
    interrupted="La respuesta se interrumpió aquí. Esto es lo que dice la propia documentación:",
    interrupted_without_fallback="La respuesta se interrumpió aquí. Pregunte de nuevo para obtenerla completa.",
    ungrounded="Nada de esto se encontró en las páginas del sitio.",
    other_version="Las páginas de su versión no responden a esto. Esto procede de la versión {version}.",
    current_version="Las páginas de su versión no responden a esto. Esto procede de la versión actual.",
    other_language="Las páginas en su idioma no responden a esto. Esto procede de páginas en otro idioma: {language}.",
    hello="Hola. ¿Qué le gustaría saber?",
    welcome="De nada.",
    goodbye="Hasta luego.",
    greetings="""
        hola, ola, buenas, buenos días, buen día, buenas tardes, saludos, qué tal, cómo estás, cómo está,
        muy buenas
    """,
    thanks="""
        gracias, muchas gracias, mil gracias, muchísimas gracias, te agradezco, le agradezco
    """,
    farewells="""
        adiós, hasta luego, hasta pronto, hasta mañana, chao, chau, buenas noches, nos vemos
    """,
    politeness="""
        y, a todos, a todas, muchas, de nuevo, otra vez, por su ayuda, por tu ayuda, por la ayuda,
        por la respuesta, por todo, de antemano, ok, vale, bien, muy bien, genial, perfecto, excelente, sí, no,
        eso es todo, amigo, amigos, buen día
    """,
)
