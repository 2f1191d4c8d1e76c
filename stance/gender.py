"""Which pronoun somebody goes by, as far as words tell: ``Mrs. Clinton`` is not Bill, and no ministry is a ``she``. Strings only."""

from __future__ import annotations

import re
import unicodedata

from stance.vocabulary import TURN, vocabulary

HE, SHE, IT = "he", "she", "it"

_GIVEN = {
    **dict.fromkeys(
        vocabulary(
            """abigail adaeze adele adriana agatha agnes agnieszka aicha aisha aisling akiko alejandra aleksandra alena alessandra
            alexandra alice alicia alison allison amalia amanda amber amelia amina amy ana anastasia angela angelica
            anika anita anja anke ann anna annabel anne anneliese annette annie annika antonia anya aoife april arlene
            astrid audrey augusta aurelia ayesha barbara beata beatrice beatrix beatriz becky bernadette beth bethany
            betsy bettina betty beverley bianca birgit blanca bonnie brenda brigid brigitte briony brittany bronwyn
            bryony calista camila camilla camille candace carla carmen carol carole carolina caroline carolyn carrie
            carys catalina catarina catherine cathy catriona cecilia celeste celia chelsea cheryl chloe christina
            christine ciara cindy claire clara clare clarissa claudia clodagh colette colleen condoleezza connie
            constance consuelo cora cordelia corinne cornelia cristina crystal cynthia dagmar daisy daniela daphne
            debbie deborah debra deirdre delia denise diana diane dina dolores donna dora doris dorothea dorothy edith
            edna eileen elaine eleanor elena eleni elisa elisabeth elise eliza elizabeth ella ellen elsa elsie emily
            emma erica erika esmeralda estelle esther eszter ethel eugenia eunice eva evelyn fatima fatou fatoumata
            felicia felicity fernanda fiona fionnuala flora frances francesca frida frieda gabriela gabriella
            gabrielle gail galina gemma genevieve georgina geraldine gerda gertrude ghislaine gina giovanna giulia
            gladys gloria grace graciela greta gretchen gudrun gwen gwendolyn halima hanna hannah hannelore harriet
            hazel heather heidi helen helena helene helga henrietta hermione hilary hilda hillary holly ida ilse
            imelda imogen ines ingeborg ingrid ioana irena irene irina irma isabel isabella isabelle isla isobel ivana
            ivanka jacinta jacqueline jane janet janice janine jasmine jeanette jeanne jeannie jelena jenna jennifer
            jenny jessica jill jitka joan joanna joanne johanna josefina josephine joyce juanita judith judy julia
            juliana julie juliet justine kamala karen karin karina katarina katarzyna kate katherine kathleen kathryn
            kathy katie katja katrin katrina kayla keisha kerstin khadija kimberly kirsten kristen kristin kristina
            lacey larissa latoya laura lauren leah leila lena leonie leticia lidia lieselotte lillian lily linda lisa
            liudmila liv liz liza lois lorena loretta lori lorna lorraine louisa louise lucia lucie lucille lucinda
            lucy luisa lydia lyudmila mabel madeleine magda magdalena maggie mairead malala malgorzata mandy manuela
            marcia margaret margarethe margarita margery margot maria mariam marian mariana marianne marie mariella
            marija marilyn marina marisa marisol marjorie marlene marsha marta martha martina mary maryam matilda maud
            maureen maya meera megan meghan melania melanie melinda melissa mercedes meredith michaela michelle
            mildred mina mindy miranda miriam moira mollie molly monica monika monique muriel myra myrtle nadia nadine
            nancy naomi natalia natalie natasha nellie nichole nicole nigella nikki nina nora noreen norma nuala
            octavia odette olga olivia oluchi ophelia orla padma paloma pamela patricia paula paulina pauline peggy
            penelope penny petra philippa philomena phoebe phyllis pippa polly priscilla priya priyanka rachel radhika
            ramona raquel rebecca regina renata renate renee rhian rhiannon rhoda rhonda rita roberta rosa rosalie
            rosalind rosamund rosanna rose rosemary rosie roxana roxanne ruth ruxandra sabine sabrina sadie sally
            samantha sandra saoirse sara sarah selina serena shanice sharon sheila shelly sherry shirley shreya sigrid
            silvia sinead siobhan sofia solange solveig sonia sophia sophie stacey stefania stella stephanie sue
            sunita susan susanna susanne suzanne svetlana sybil sylvia tabitha tamara tammy tamsin tania tanya tara
            tatiana teresa tessa thelma theodora theresa therese tiffany tina tonya tracey trudy ulrike ursula
            valentina valeria valerie vanessa vera verena verity veronica veronika vivian viviana wanda wendy
            wilhelmina wilma winifred xenia xiomara yasmin yelena yolanda yvette yvonne zainab zara zelda zoe zofia
            zsuzsanna"""
        ),
        SHE,
    ),
    **dict.fromkeys(
        vocabulary(
            """aaron abdul abdullah abel abraham achim adam adil adolf adrian ahmad ahmed ajay akira alan albert alberto aldo alec
            alejandro aleksander alessandro alexander alfonso alfred alfredo ali alistair allen ambrose amit anand
            anatoly anders andre andreas andrei andrew andrzej andy anil anselm antal anthony anton antonio archibald
            arjun arkady armando armin arnaud arnold arthur arturo arvind asger ashok augustin aurelio axel barack
            barry bart bartholomew bashir basil bastian ben benedict benjamin benoit bernard bernd bernhard bernie
            bertrand bill billy bjorn bob bobby bogdan boris brad bradley brandon brendan brent brian bruce bruno
            bryan bryant burt byron callum calvin carl carlo carlos carsten casimir cecil cedric cesar charles charlie
            chester christian christoph christophe christopher chuck ciaran clarence claude clifford clint clive colin
            conrad constantin cormac cornelius craig curtis cuthbert cyril daisuke damian damien damon dan daniel
            danilo dario darius darragh darrell darren dave david dean declan deepak delroy demetrius denis dennis
            derek desmond dick didier diego dieter dimitri dinesh dirk dmitry domenico dominic don donal donald doug
            douglas dragan duane duncan dustin dwayne dwight eamon ebenezer ed eddie edgar edmond edmund eduard
            eduardo edward edwin egon eino elias elijah elliott elmar elmer emil emile emilio emmanuel emmett enrique
            eric erich erik ernest ernesto erwin esteban ethan etienne eugen eugene everett ezekiel fabio fabrice
            faisal farouk federico felipe felix ferdinand fergal fergus fernando finbar finlay francisco francois
            frank franklin franz fred frederic frederick friedrich fritz fyodor gabor gabriel gareth gary gaston gavin
            geert geoffrey georg george georges gerald gerard gerardo gerd gerhard gideon gilbert gilles gino giorgio
            giovanni giuseppe glen glenn godfrey goran gordon graham greg gregor gregory guido guillermo gunnar
            gunther gustav gustavo guy hakim hamid hamish hannes hans harald harish harold harry harvey hassan hector
            heinrich heinz helmut hendrik henri henrik henry herbert herman hernan hiroshi horace horst howard hubert
            hugh hugo humphrey hussein iain ian ibrahim ignacio igor ilya imran imre ioannis isaac isidore ismail
            istvan ivan ivo jaap jack jacob jacques jaime jake james janos jared jarek jason javed javier jay jeff
            jeffrey jens jeremy jerome jerry jerzy jesper jesus jim jimmy jiri joachim joakim joao joaquin jochen joe
            joel johan johann johannes john johnny jon jonas jonathan jorge jose josef joseph josh joshua jozef juan
            juergen jukka julian julien julio julius jurgen justin kamal karel karim karl kaspar keith ken kenji
            kenneth kevin khalid kieran kirill klaus kofi konrad konstantin krzysztof kurt kwabena kwame kyle lachlan
            larry lars laszlo laurent lawrence lennart leo leon leonard leonardo leopold leroy lewis liam linus lionel
            lloyd lorenzo lothar louis luc luca lucas luciano ludwig luigi luis lukas luke magnus mahmoud malcolm
            manfred manoj manuel marc marcel marcelo marco marcus marek mariano mario mariusz mark marko markus martin
            marvin massimo mateo mathias matt matteo matthew matthias maurice mauricio max maximilian mehmet melvin
            michael miguel mihai mikael mike mikhail milos milton miroslav mitch mitchell mitt mohamed mohammad
            mohammed mohan moritz mortimer muhammad mustafa nathan nathaniel neil nelson newt nicholas nicolas nigel
            nikhil niklas nikolai nikolaus nils noah norbert norman olaf oleg oleksandr oliver olivier omar orlando
            oscar oskar osvaldo oswald otis otto ousmane owen pablo paddy padraig panagiotis paolo patricio patrick
            paul pavel pawel pedro percy perry pete peter petr phil philip philippe phillip pierre pieter piotr
            prakash rafael rainer raj rajesh rajiv rakesh ralf ralph ramesh ramon raphael rashid raul ravi ray raymond
            reginald reinhard reinhold rex rhys ricardo richard rick ricky rinaldo rob robert roberto rod rodney
            rodolfo rodrigo roger rohan roland rolf ron ronald ronan ronnie rory ross roy ruairi rudolf rudolph rudy
            rufus rupert russell ryan sajid salim salvador salvatore sam samir samuel sandeep sanjay satoshi saul
            scott seamus sean sebastian sebastien sergei sergio seth shaun sidney siegfried sigmund silvio simeon
            simon solomon stanislav stanley stefan stefano stephan stephen steve steven stewart stuart sunil sven
            sylvester takeshi tariq ted terence terrence thaddeus theo theodore thibault thierry thomas thorsten tim
            timothy tobias toby todd tom tomas tomasz tommy tony torsten trevor tristan troy tyler tyrone udo ulrich
            umberto uwe vaclav vadim vasile vasily vernon victor vijay vikram viktor vince vincent vincenzo vinod
            vitaly vittorio vladimir vladislav waldemar walid wallace walter warren wayne wendell werner wesley wilbur
            wilfred wilhelm willem willi william winfried winston wojciech wolfgang xavier yannis yevgeny yoshiro
            youssef yuri yusuf zachary zbigniew zoltan"""
        ),
        HE,
    ),
}
"""First names that go by one pronoun nearly always; none that is as well a place's or for both (``Virginia``, ``Leslie``)."""

_TITLES = {
    **dict.fromkeys(
        vocabulary(
            """mrs ms miss lady dame queen princess duchess countess baroness empress madam madame congresswoman councilwoman
            assemblywoman spokeswoman chairwoman businesswoman policewoman stateswoman saleswoman actress waitress hostess heiress
            mother mum mom sister wife daughter widow aunt niece grandmother girlfriend woman girl nun mayoress stewardess"""
        ),
        SHE,
    ),
    **dict.fromkeys(
        vocabulary(
            """mr sir lord king prince duke count baron emperor congressman councilman assemblyman spokesman businessman policeman
            statesman salesman fisherman fireman cameraman gunman gentleman clergyman serviceman father dad brother husband son
            widower uncle nephew grandfather boyfriend man boy pope pontiff imam ayatollah sheikh monk rabbi friar"""
        ),
        HE,
    ),
    **dict.fromkeys(
        vocabulary(
            """ministry government administration company corporation firm agency bureau department newspaper magazine daily weekly
            broadcaster network channel union federation association party army navy police court council committee commission
            parliament senate congress bank university college school hospital airline organisation organization institute
            institution foundation charity group bloc alliance coalition cabinet board regime militia website embassy"""
        ),
        IT,
    ),
}
"""Titles before a name and heads of a phrase."""

_WORD = re.compile(r"[^\W\d_][\w’'.-]*")
_TURN = re.compile(r"[,:;(–—]|" + TURN)
_BEFORE = re.compile(r"([^\W\d_]+)\.?[ \xa0]$")
_KIN = re.compile(
    r"\b(mother|mum|mom|sister|wife|daughter|widow|aunt|niece|grandmother|father|dad|brother|husband|son|widower|uncle|nephew|grandfather"
    r"|spokeswoman|spokesman|chairwoman|chairman),[ \xa0]$"
)
_APPOSED = re.compile(r"[^\W\d_][\w.’'-]+(?: [^\W\d_][\w.’'-]*){1,3}[,.;)]")
_LONGEST_TITLE = 20


def of_name(name: str) -> str | None:
    """The pronoun of a personal name of several words, by its first.

    >>> of_name("Hillary Clinton"), of_name("J. Edgar Hoover"), of_name("Clinton"), of_name("Leslie Jones")
    ('she', 'he', None, None)
    """
    words = [w.rstrip(".") for w in _unaccented(name).casefold().split()]
    while len(words) > 2 and len(words[0]) == 1:
        words = words[1:]
    return _GIVEN.get(words[0]) if len(words) > 1 else None


def _unaccented(name: str) -> str:
    """``José`` as the list has it."""
    return name if name.isascii() else "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def before(text: str, start: int) -> str | None:
    """The pronoun that a title right before a name at ``start`` asks for: ``Mrs. Clinton``, ``his wife Melania``, and ``his
    daughter, Ann Lee,``."""
    found = _BEFORE.search(text, max(0, start - _LONGEST_TITLE), start)
    if found is None and _APPOSED.match(text, start):
        found = _KIN.search(text, max(0, start - _LONGEST_TITLE), start)
    asked = _TITLES.get(found.group(1).casefold()) if found else None
    return None if asked == IT else asked


def of_phrase(phrase: str) -> str | None:
    """The pronoun of a described source, by the head of the phrase.

    >>> of_phrase("the spokeswoman for Ada Lind"), of_phrase("The ministry"), of_phrase("a police officer")
    ('she', 'it', None)
    """
    turn = _TURN.search(phrase)
    words = _WORD.findall(phrase[: turn.start()] if turn else phrase)
    return _TITLES.get(words[-1].casefold().rstrip(".")) if words else None
