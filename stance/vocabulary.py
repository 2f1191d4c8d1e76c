"""Closed lists of English words that the rules on names need and that ``nameparser`` lacks. Words only."""

from __future__ import annotations


def vocabulary(text: str) -> frozenset[str]:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


ROLES = vocabulary(
    """sen sens reps gov govs prosecutor spokesman spokeswoman spokesperson chairman chairwoman chairperson congressman congresswoman
    candidate nominee frontrunner front-runner strategist analyst columnist anchor reporter pollster aide advisor undersecretary
    tycoon billionaire lobbyist marshal justice ombudsman boss lawmaker legislator presenter striker defender midfielder goalkeeper
    winger captain detective agent trooper activist filmmaker rapper founder president superintendent constable inspector emir
    whip recorder assemblywoman assemblyman councilwoman councilman councilmember alderman selectman commissioner sophomore freshman homeowner
    eyewitness vet veteran democrat republican contributor reverend businessman businesswoman editor-in-chief
    secretary-general director-general attorney-general governor-general solicitor-general surgeon-general inspector-general
    consul-general auditor-general sergeant-at-arms commander-in-chief
    caliph ayatollah vice-president chieftain manager organizer organiser comrade hajj haji chancellor premier taoiseach
    moderator televangelist redditor senators representatives governors presidents mayors
    auctioneer revd ven prophet jurat alhaji alhaja rector archdeacon headteacher headmaster farmer fisherman midwife pharmacist
    virologist epidemiologist trainer referee umpire paramedic firefighter coroner ombudswoman oligarch rival skipper headman
    ratu datuk dato shri smt pandit rinpoche justices councillors rebbe cfo coo cto gm acp msp mla h.e coordinator manufacturer maker
    colonel-major major-general sergeant-major
    retailer insurer brewer carmaker automaker chipmaker drugmaker publisher"""
)
"""Role nouns of news text that nameparser's titles lack (those that it has do no harm)."""
MODIFIERS = vocabulary(
    """10th 1st 2nd 3rd 4th 5th 6th 7th 8th 9th ab academic advertising air analytics appellate army assoc assistant associate
    award-winning ballet banner baseball behavioral bench biblical blessed blues british burlesque business charge civil classical
    computer corporate credit criminal customs deputy designated discovery district division eminence english excellent family
    federal field film financial first flag flying foreign grand group heir hereditary high highness holiness information
    intelligence judicial kingdom knowledge law legal literary mag majesty marketing mathematics me member met metropolitan military
    model most municipal mystery national navy opera operating personality petty police political prime private pro ra radio rear
    resident revenue right risk rock royal saint sainte security senior social soccer software special st staff state states
    strategy superior supreme tax technical television theater theatre travel united us uk vice voice wing wp gent count bp charge
    goodman woodman"""
)
"""Words that nameparser lists because they occur inside titles, but that make no title alone (``National``, ``State``)."""
ORGANISATION = vocabulary(
    """academy administration agency airlines airways alliance army assembly associates association authority bank board brigade
    brigades broadcasting brothers bureau cabinet campaign center centre chamber church city clinic club coalition college command
    commission committee company conference confederation congress consortium co corp corporation corps council county court
    department division embassy enterprises exchange faculty federation firm force forces forum foundation front fund gazette
    government group guard guardian health herald high hospital house inc industries initiative institute institution institutes
    international journal kingdom laboratory labs law league legislature library limited llc llp ltd magazine media ministry
    mission motors movement museum nations nation navy network news newspaper office orchestra order organisation organization
    parliament partners party police post press program programme project radio records registry republic research review school
    schools secretariat senate service services society state states street studios studio studies survey system systems team
    technologies television telegraph times today tribune trust tv union unit united university watch white wing world act
    agreement amendment committee treaty report resolution island islands river airport square avenue road park
    valley bay lake mountain mountains sea ocean north south east west northern southern eastern western central national
    inspectorate directorate tribunal federal supreme electric defense defence ballet affairs intelligence security communications observatory center centers
    times-picayune homes games republican democratic islamic democrats republicans"""
)
"""Words that say that a capitalised run names no person."""
SUBJECTS = vocabulary(
    """food drug health safety education science trade industry commerce labor labour energy housing transport transportation
    agriculture fisheries forestry finance justice infant culture arts sport environment climate securities customs immigration
    veterans nursing planning development technology tourism retail shop standards weights passport information equality
    population families children women youth welfare hospitals care recovery assets dairy water waters roads ports aviation maritime
    mines mining petroleum gas oil electricity power nuclear radiation broadcasting museums heritage parks wildlife lands rural pensions
    employment universities enterprise consumer consumers competition prices revenue taxation audit ethics corruption fraud drugs
    crime prisons corrections emergency refugees migration citizenship borders elections oversight aeronautics"""
)
"""What a body with an ``and`` in its name sees to: ``Food and Drug Administration``."""
SURNAMES = vocabulary("white west north east church park lake guardian sea day house bank banks price")
"""Of these, what is a surname behind a first name (``Betty White``)."""
HEADS = ORGANISATION | vocabulary(
    """archdiocese art bishop chamber diocese duke faculty fans friends general governors institutes joint knights leader lord
    physicians president prime prince queen rights secretary speaker voice voters women workers bank banks centers members mothers
    students owners partnership municipality embassy hands doctors citizens vigil"""
)
"""Heads after which ``of``/``for`` goes on with the name (``Department of Justice``), unlike ``Rubio of Florida``."""
FUNCTION = vocabulary(
    """a about above across after again against all almost already also although always am amid among an and another any anybody
    anyone anything are around as asked at away back be because been before behind being below beside besides best better between
    beyond both but by call called can clearly come consider could currently dear despite did do does doing done down due during
    each earlier either else enough especially even eventually ever every everybody everyone everything except far few finally
    first for former fortunately from further furthermore get getting given giving go going good great had has have having he
    hello hence her here hers herself hi him himself his hopefully how however i if in indeed inside instead into is it its
    itself just last lastly late lately later least less let let's like likewise look made make making many may maybe me
    meanwhile might mine more moreover most mr mrs much must my myself near nearly neither never nevertheless new next no nobody
    none nor not nothing notably now nowhere of off often oh ok okay old on once one only onto or other others otherwise our ours
    ourselves out over own part perhaps please plus quite rather read really recently regarding right said same say saying says see
    seeing several shall she should similarly since so some somebody someone something sometimes somewhere soon still such sure
    take thank thanks that the their theirs them themselves then there therefore these they thing things think this those though
    through throughout thus till to today together tomorrow tonight too toward towards two three four five six seven eight nine
    ten dozens hundreds thousands under unfortunately unless unlike until up upon us using very via was watch we well were what
    whatever when whenever where whereas wherever whether which while who whoever whom whose why will with within without would
    yes yesterday yet you your yours yourself image photo caption updated update breaking video source"""
)
ACRONYMS = vocabulary("US WHO IS")
"""Names that are function words but for their capitals."""
CALENDAR = vocabulary(
    """monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january february march
    april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec am pm gmt est
    edt pst bst"""
)
NICKNAMES = {
    nickname: frozenset(full.split(","))
    for nickname, full in (
        pair.split(":")
        for pair in vocabulary(
            """abby:abigail al:albert,alan,alfred alex:alexander,alexandra andy:andrew barb:barbara becky:rebecca ben:benjamin
        bernie:bernard beth:elizabeth betsy:elizabeth betty:elizabeth bill:william billy:william bob:robert bobby:robert
        cathy:catherine,catharine charlie:charles chris:christopher,christine,christina chuck:charles cindy:cynthia dan:daniel
        danny:daniel dave:david debbie:deborah,debra dick:richard don:donald doug:douglas ed:edward,edwin eddie:edward,edwin
        ted:edward,theodore fred:frederick,alfred gene:eugene greg:gregory hank:henry harry:harold,henry jack:john jake:jacob
        jeff:jeffrey,geoffrey jen:jennifer jenny:jennifer jerry:gerald,jerome,jeremiah jim:james jimmy:james joe:joseph
        joey:joseph john:jonathan johnny:john jon:jonathan josh:joshua judy:judith kate:katherine,kathryn,catherine
        kathy:katherine,kathryn,kathleen katie:katherine,kathryn ken:kenneth kenny:kenneth kim:kimberly
        larry:lawrence,laurence liz:elizabeth maggie:margaret matt:matthew meg:margaret,megan mike:michael mitch:mitchell
        nick:nicholas pam:pamela pat:patrick,patricia patty:patricia peggy:margaret pete:peter phil:philip,phillip ray:raymond
        rich:richard rick:richard,frederick rob:robert ron:ronald rudy:rudolph sam:samuel,samantha sandy:sandra
        steve:steven,stephen stu:stuart,stewart sue:susan susie:susan terry:terrence tim:timothy tom:thomas tommy:thomas
        tony:anthony val:valerie vic:victor vicky:victoria vince:vincent walt:walter will:william zach:zachary"""
        )
    )
}
"""What short first names stand for."""
SHORT_TITLES: dict[str, str] = dict(
    pair.split(":")
    for pair in vocabulary(
        """sen:senator gov:governor rep:representative dr:doctor prof:professor lt:lieutenant gen:general pres:president
        sgt:sergeant rev:reverend"""
    )
)
"""What titles with a full stop stand for."""
TURN = r"\s-\s|\b(?:of|for|from|in|at|with|by|on|to|as|near|under|against|about|who|whom|whose|that|which|and|or)\b"
"""Pattern of the dash or word after which, in a noun phrase, something else begins."""
