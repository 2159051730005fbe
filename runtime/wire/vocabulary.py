"""The words of our payloads, for packing them: what stands here costs a payload nothing.

A history keeps what was packed with them, so THEY NEVER CHANGE: better words get a number of their own, and
these stay. What is used most stands last.
"""

_TERMS = (
    '{"terms":{"zone":"Asia/Seoul","coordinators":["coordinator"],"overriders":[],"duties":[{"one":"review",'
    '"other":"approve"},{"one":"award","other":"evaluate"},{"one":"award","other":"pay"},{"one":"approve",'
    '"other":"pay"},{"one":"evaluate","other":"pay"}],"report":{"working_days":5,"remind_before":[1],'
    '"escalate_to":"director","grace_days":10},"cooling_off_days":365,"founder":"KR","countries":["BN","ID",'
    '"KH","LA","MM","MY","PH","SG","TH","VN"],"sleeve":"","ceilings":{"master_plan":{"minor":1000000000,'
    '"currency":"KRW"},"pre_feasibility":{"minor":700000000,"currency":"KRW"},"demonstration":{"minor":'
    '500000000,"currency":"KRW"}},"review":{"panel":{"bodies":[{"seats":["secretariat","expert","ministry"],'
    '"quorum":2}]},"deadline":{"working_days":20,"remind_before":[5,1],"escalate_to":"director",'
    '"grace_days":10},"rounds":2},"revision":{"working_days":30,"remind_before":[10,2],"waiting":'
    '{"working_days":250,"remind_before":[60,20],"offer":{"working_days":10,"remind_before":[5,2],"funding":'
    '{"panel":{"bodies":[{"seats":["ministry","treasury"],"study":{"tender":null,"award":{"roles":'
    '["secretariat"],"deadline":{"delivery":{"roles":["contractor","coordinator"],"acceptance":{"panel":'
    '"consequence":"return"},"rounds":3},"tranches":[{"name":"inception","percent":30},{"name":"interim",'
    '"percent":40},{"name":"final","percent":30}]},"conditions":{"roles":["coordinator"],"launch":{"panel":'
    '"agreement":{"drafting":{"roles":["coordinator"],"clearance":{"panel":"signing":"payment":'
    '"accepted":[{"name":"","message":{"seal":"","seq":,"who":"","attested":true}]}'
)
_SELDOM = (
    '{"effect":"proposes","proposal":{"case":"","programme":"","title":"","country":"VN","city":"","area":"'
    'urban_development","safety","transport","water_management","applicant":"","study":"master_plan",'
    '"requested":{"minor":,"currency":"KRW"},"summary":"","proposer":"","national_firm":false}},{"effect":'
    '"stops-waiting"},{"effect":"begins","case":{"id":"","kind":"partnership","parent":"","title":"",'
    '"countries":["KR","VN"],"parties":[""],"programme":"","version":1,"rules":"","amount":{"minor":,'
    '"currency":"KRW"}},"standing":{"stage":"study","status":"open"},"open":["open","returned","waitlisted",'
    '"blocked"]}{"effect":"assigns","seats":{"gate":"","claims":[{"effect":"declares","declaration":{'
    '{"effect":"reschedules","rescheduling":{"gate":"","schedule":{"ladder":["rung":0}"action":"refused",'
    '"rule":"","reason":"","facts":{"message":{"closed: launched","told everyone","clocks stopped",'
    '"money blocked","unsent payments cancelled","The project is launched.","accord history '
    '{"effect":"lists","payment":{"key":"","state":"requested","approved","ordered","paid","payee":"",'
    '"invoice":"","reference":"","not_before":"","held":""}"deliverable":"","document":"","finding":null,'
    '"conditions":[]"case":"","task":"","round":1}"kind":"delivery","question":"Hand in the inception'
    ' interim final deliverable","Accept the deliverable?","roles":["contractor","coordinator"]'
    '{"tranche":"inception","payee":""}"action":"tranche due","tranche disbursed","kind":"order","pay",'
    '"decommit","resolves":"'
)
_OFTEN = (
    '{"actor":{"person":"","who":"","organisation":"","roles":[""],"done":[],"conflict":"hard","cooling":'
    'false},"giver":{"delegation":{"attested":false,"answered":}{"receipts":[{"key":"","seq":,"rule":"",'
    '"detail":""},{"key":":opened","seq":,"detail":"","opened":{"schedule":{"terms":{"working_days":15,'
    '"remind_before":[5,1],"escalate_to":"director","grace_days":10,"consequence":"lapse"},"opened_at":"2026-'
    '","zone":"Asia/Seoul","countries":["KR","VN"],"extra_days":0,"stops":[]},"ladder":[{"at":"2027-'
    'T14:59:59Z","rung":"remind"},{"at":"T14:59:59Z","rung":"remind"},{"at":"T14:59:59Z","rung":"escalate"},'
    '{"at":"T14:59:59Z","rung":"consequence"}],"content_hash":""},"past":{"outcome":""}}]}'
    '{"source":{"case":"","id":"/study","/agreement","workflow_id":"partnership/","run_id":"01","rules":"'
    '"},"entries":[{"key":":tabled","stage":"agreement","proposal","review","funding","launch","effect":"moves",'
    '"transfer":{"key":":reserve","kind":"pending","post","void","fund":"","reservation":":funding:1:reserve",'
    '"amount":{"minor":,"currency":"KRW"}}}]},"facts":{"votes":[{"actor":"","verdict":"approve","body":"panel",'
    '"role":"secretariat"},{"actor":"","verdict":"approve","body":"panel","role":"expert"}],"counts":[{"body":'
    '"panel","seats":2,"recused":0,"needed":1,"approvals":1,"rejections":0,"returns":0,"abstentions":0,'
    '"outstanding":1}]},"effects":[{"effect":"closes","gate":"","outcome":"approved"}]},{"key":":closed",'
    '"stage":"study","round":0,"action":"approval approved","actor":"accord","at":"Z","reason":"",'
    '"content_hash":"","facts":{},"effects":[{"effect":"stands","before":{"stage":"","status":"open"},"after":'
    '{"stage":"","status":"open"},"closes":false},{"effect":"opens","opening":{"id":":1","kind":"approval",'
    '"question":"","roles":["secretariat","expert","ministry","treasury"],"persons":[],"act":"evaluate",'
    '"panel":{"bodies":[{"name":"panel","seats":["secretariat","expert"],"quorum":1,"veto":[],"extra":0}],'
    '"chain":false},"barred":[""],"declared":false,"attested":false,"amount":,"personal":false,"subject":{'
    '},"content_hash":"","terms":{"working_days":15,"remind_before":[5],"escalate_to":"director",'
    '"grace_days":10,"consequence":"lapse"},"zone":"Asia/Seoul","countries":["KR","VN"]}},{"effect":"tells",'
    '"notice":{"subject":": ","body":"Gate  waits for you.\\n\\n\\n\\naccord inbox","roles":["secretariat",'
    '"expert"],"persons":[]}}]},{"key":":vote:","stage":"study","round":0,"action":"vote approve","actor":"",'
    '"act":"review","attested":false,"role":"","at":"2026-","reason":"","content_hash":"","facts":{"body":'
    '"panel","who":[""]},"sent":{"name":"decide","seal":"","message":{"gate":"","verdict":"approve","actor":"",'
    '"content_hash":"","comment":"","points":[]}},"effects":[]}'
)

WORDS_1 = (_TERMS + _SELDOM + _OFTEN).encode()
