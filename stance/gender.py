"""Which pronoun somebody goes by, as far as words tell: ``Mrs. Clinton`` is not Bill, and no ministry is a ``she``. Strings only."""

from __future__ import annotations

import re

from stance.vocabulary import TURN, vocabulary

HE, SHE, IT = "he", "she", "it"

_GIVEN = {
    **dict.fromkeys(
        vocabulary(
            """abigail agnes alexandra alice alison allison amanda amber amelia amy angela anna anne annette annie april arlene
            audrey barbara beatrice becky bernadette beth bethany betsy betty bonnie brenda brittany camille carmen carol carole
            caroline carolyn carrie catherine cathy cecilia celeste cheryl chelsea christina christine cindy claire claudia colleen
            condoleezza connie constance crystal cynthia daisy debbie deborah debra deirdre denise diana diane dolores donna
            dorothy edith eileen elaine eleanor elena elizabeth elisabeth ellen elsie emily emma erica erika esther ethel eva
            evelyn fatima felicia frances gabriela gabrielle gail genevieve gertrude gina gladys gloria grace greta gretchen gwen
            gwendolyn hannah harriet hazel heather heidi helen helena henrietta hilary hillary holly ida ingrid irene irma isabel
            isabella ivanka jacqueline jane janet janice jeanette jeanne jeannie jenna jennifer jenny jessica jill joan joanna
            joanne josephine joyce juanita judith judy julia juliana julie kamala karen kate katherine kathleen kathryn kathy katie
            katrina kimberly kirsten kristen kristin kristina laura lauren leah lena lillian lily linda lisa liz liza
            lois loretta lori lorraine louise lucia lucille lucinda lucy lydia mabel madeleine maggie mandy marcia margaret margery
            margot maria marian marianne marie marilyn marjorie marlene marsha martha mary maureen megan meghan melania melanie
            melinda melissa mercedes meredith michaela michelle mildred mindy miranda miriam molly monica myra nadia nancy naomi
            natalia natalie natasha nellie nichole nicole nikki nina nora norma olga olivia pamela patricia paula pauline peggy
            penelope penny phoebe phyllis polly priscilla rachel ramona rebecca regina renee rhonda rita roberta rosa rosalind rose
            rosemary roxanne ruth sabrina sally samantha sandra sara sarah sharon sheila shelly sherry shirley sofia sonia sophia
            sophie stacey stella stephanie sue susan susanna susanne suzanne sylvia tamara tammy tanya tara teresa theresa therese
            tiffany tina tonya tracey trudy ursula valerie vanessa vera veronica vivian wanda wendy wilma winifred yolanda yvette
            yvonne zoe"""
        ),
        SHE,
    ),
    **dict.fromkeys(
        vocabulary(
            """aaron abdul abdullah abraham adam adolf adrian ahmad ahmed alan albert alberto alejandro alexander alfred ali
            allen alfonso andre andrew andy anthony antonio archibald arnold arthur barack barry bartholomew basil ben benedict
            benjamin bernard bernie bill billy bob bobby boris brad bradley brandon brendan brent brian bruce bruno bryan bryant
            byron calvin carl carlos cecil cesar charles charlie chester christian christopher chuck clarence claude clifford clint
            clive colin conrad craig curtis cyril damian damon dan daniel darrell darren dave david dean dennis derek dick diego
            dmitry dominic don donald doug douglas duane dustin dwight ed eddie edgar edmund eduardo edward edwin elijah elliott
            elmer emmanuel enrique eric erik ernest ernesto ethan eugene everett felipe felix ferdinand fernando francisco frank
            franklin fred frederick gabriel gareth gary gavin geoffrey george gerald gerard gilbert giovanni glen glenn gordon greg
            gregory guillermo gustav guy hamid hans harold harry harvey hassan hector henry herbert herman hiroshi howard hugh hugo
            hussein ian ibrahim igor isaac ismail ivan jack jacob jacques jaime jake james jared jason javier jay jeff jeffrey
            jeremy jerome jerry jesus jim jimmy joachim joaquin joe joel john johnny jon jonathan jorge jose josef joseph josh
            joshua juan julian julio justin karl keith ken kenneth kevin klaus kurt kyle larry lars lawrence leo leon leonard leroy
            lewis lionel lloyd louis luca lucas luis luke malcolm manuel marc marco marcus mario mark martin marvin matt matthew
            maurice max maximilian melvin michael miguel mike mikhail milton mitch mitchell mitt mohamed mohammad mohammed
            muhammad mustafa nathan nathaniel neil nelson newt nicholas nicolas nigel noah norman oliver omar oscar oswald otto owen
            pablo patrick paul pedro percy perry pete peter phil philip philippe phillip pierre rafael ralph ramon raul ray raymond
            rex ricardo richard rick ricky roberto rob robert rod rodney rodrigo roger roland ron ronald ronnie ross roy rudolf
            rudolph rudy rupert russell ryan salvador sam samuel scott sean sebastian sergei sergio seth shaun sidney simon stanley
            stefan stephen steve steven stewart stuart ted terrence theodore thomas tim timothy toby todd tom tommy tony trevor
            troy tyler vernon victor vince vincent vladimir wallace walter warren wayne wesley wilfred willem william winston
            wolfgang xavier yusuf zachary"""
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
            mother mom sister wife daughter widow aunt grandmother girlfriend woman girl nun mayoress stewardess"""
        ),
        SHE,
    ),
    **dict.fromkeys(
        vocabulary(
            """mr sir lord king prince duke count baron emperor congressman councilman assemblyman spokesman businessman policeman
            statesman salesman fisherman fireman cameraman gunman gentleman clergyman serviceman father dad brother husband son
            widower uncle grandfather boyfriend man boy pope pontiff imam ayatollah sheikh monk rabbi friar"""
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
_LONGEST_TITLE = 20


def of_name(name: str) -> str | None:
    """The pronoun of a personal name of several words, by its first.

    >>> of_name("Hillary Clinton"), of_name("J. Edgar Hoover"), of_name("Clinton"), of_name("Leslie Jones")
    ('she', 'he', None, None)
    """
    words = [w.rstrip(".") for w in name.casefold().split()]
    while len(words) > 2 and len(words[0]) == 1:
        words = words[1:]
    return _GIVEN.get(words[0]) if len(words) > 1 else None


def before(text: str, start: int) -> str | None:
    """The pronoun that a title right before a name at ``start`` asks for: ``Mrs. Clinton``, ``his wife Melania``."""
    found = _BEFORE.search(text, max(0, start - _LONGEST_TITLE), start)
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
