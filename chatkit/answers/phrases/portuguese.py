"""Portuguese."""

from chatkit.answers.phrases.phrases import Phrases

PORTUGUESE = Phrases(
    nearest="Estas são as seções mais próximas.",
    not_covered="As páginas não tratam deste assunto.",
    nothing_near="Nada neste site se aproxima da sua pergunta, portanto não há resposta para mostrar.",
    ask_people="Aqui você pode perguntar a outras pessoas:",
    unsupported="(não encontrado nas páginas do site)",
    interrupted="A resposta foi interrompida aqui. Isto é o que a própria documentação diz:",
    interrupted_without_fallback="A resposta foi interrompida aqui. Pergunte de novo para recebê-la inteira.",
    ungrounded="Nada disto foi encontrado nas páginas do site.",
    other_version="As páginas da sua versão não respondem a isto. Isto vem da versão {version}.",
    current_version="As páginas da sua versão não respondem a isto. Isto vem da versão atual.",
    other_language="As páginas no seu idioma não respondem a isto. Isto vem de páginas em outro idioma: {language}.",
    hello="Olá. O que gostaria de saber?",
    welcome="De nada.",
    goodbye="Até logo.",
    greetings="""
        olá, oi, oie, alô, bom dia, boa tarde, saudações, tudo bem, tudo bom, como vai
    """,
    thanks="""
        obrigado, obrigada, muito obrigado, muito obrigada, brigado, brigada, obg, agradeço, valeu
    """,
    farewells="""
        tchau, adeus, até logo, até mais, até breve, até amanhã, boa noite
    """,
    politeness="""
        e, a todos, a todas, muito, mais uma vez, de novo, pela ajuda, pela sua ajuda, por tudo, pela resposta,
        desde já, ok, certo, bem, muito bem, ótimo, perfeito, excelente, sim, não, é só isso, pessoal, gente,
        amigo, amigos
    """,
)
