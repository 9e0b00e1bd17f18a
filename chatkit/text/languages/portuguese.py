"""Portuguese. Its stop words are those of the Snowball project, under the BSD licence, with words of questions."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="pt",
    stemmer="portuguese",
    stop_words="""
        de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou
        quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos seus quem nas me esse
        eles você essa num nem suas meu às minha numa pelos elas qual nós lhe deles essas esses pelas este dele
        tu te vocês vos lhes meus minhas teu tua teus tuas nosso nossa nossos nossas dela delas esta estes estas
        aquele aquela aqueles aquelas isto aquilo estou está estamos estão estive esteve estivemos estiveram
        estava estávamos estavam estivera estivéramos esteja estejamos estejam estivesse estivéssemos estivessem
        estiver estivermos estiverem hei há havemos hão houve houvemos houveram houvera houvéramos haja hajamos
        hajam houvesse houvéssemos houvessem houver houvermos houverem houverei houverá houveremos houverão
        houveria houveríamos houveriam sou somos são era éramos eram fui foi fomos foram fora fôramos seja
        sejamos sejam fosse fôssemos fossem for formos forem serei será seremos serão seria seríamos seriam
        tenho tem temos tém tinha tínhamos tinham tive teve tivemos tiveram tivera tivéramos tenha tenhamos
        tenham tivesse tivéssemos tivessem tiver tivermos tiverem terei terá teremos terão teria teríamos teriam
        onde porque porquê favor quais quanto quantos quanta quantas cadê
    """,
    light_words="""
        acontece ajuda ajudar buscar coisa coisas consigo conseguir dar deve devo dizer descrever encontrar
        encontro existe explica explicar faz fazer faço funciona funcionam funcionar gostaria ir mostra mostrar
        necessário permite pode podem poderia posso possível precisa preciso quer querer quero saber sei serve
        significa suporta tentar usa usar uso utiliza utilizar vai ver vou
    """,
    abbreviations="aprox Dr Dra etc fig n.º núm p.ex pág págs Sr Sra vol",
    openers="e|ou|mas|também|então|e se|que tal|por quê|por que|sério",
    pointers=(
        "ele|ela|eles|elas|o|a|os|as|lhe|lhes|este|esta|estes|estas|isto|esse|essa|esses|essas|isso|aquele|aquela|"
        "aquilo|dele|dela|deles|delas|seu|sua|seus|suas|mesmo|mesma|lá|ali|aí|nele|nela|nisso|disso"
    ),
    accents={"cao": "ção", "coes": "ções", "sao": "são", "soes": "sões"},
)
