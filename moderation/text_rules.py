"""Patterns over skeletons of lines: statements of an age under 18, and pressing words.

English, Indonesian, Spanish and Hindi (Devanagari and romanised). How well they do is measured on
tests/corpus; what they miss is listed in docs/models.md. All patterns are linear: none nests
repetition of what may match the same text.
"""

import re

# Ages that are believed: below 8 nobody who types it means it, and "I'm 5" is mostly a height.
_DIGITS = r"(?:1[ ._*-]{0,2}[0-7]|[il|]\d(?<=[0-7])|1o|[89])"
_EN = r"(?:eight|nine|ten|eleven|twelve|thirteen|fou?rteen|fift?een|sixteen|seventeen)"
_ES = r"(?:ocho|nueve|diez|once|doce|trece|catorce|quince|dieciseis|diecisiete)"
_ID = r"(?:delapan|sembilan|sepuluh|sebelas|(?:dua|tiga|empat|lima|enam|tujuh) ?belas)"
_HI = (
    r"(?:आठ|नौ|दस|ग्यारह|बारह|तेरह|चौदह|पंद्रह|पन्द्रह|सोलह|सत्रह"
    r"|gyarah|barah|terah|chaudah|pandrah|pandhra|solah|satrah)"
)

_START = r"(?<![\w'])"
_END = r"(?!(?!y/?o\b|yrs?\b)[\w%°$€£:]|[.,/]\d)"

# After "I am 15": what makes it something else than an age.
_NOT_AN_AGE = (
    r"(?! ?(?:/|-|out of|of|to|or)? ?\d)"
    r"(?! ?(?:cm|mm|m|km|ft|feet|foot|inch|in(?= (?:tall|long|line|total|away))|kg|kilos?|lbs?|"
    r"pounds?|stone|min|mins|minutes?|hr|hrs|hours?|h|secs?|seconds?|days?|weeks?|months?|"
    r"miles?|percent|points?|times|steps?|people|hundred|thousand|k|grand|stops?|am|pm|o'?clock|"
    r"degrees?|dollars?|bucks|euros?|pages?|episodes?|chapters?|levels?|floors?|beers?|drinks?|"
    r"plus (?:years|yrs))\b)"
    r"(?! (?:years?|yrs?) (?!old\b|of age\b|young\b|and\b|btw\b|u\b|you\b|from\b|wbu\b|hbu\b))"
    r"(?! (?!years\b|yrs\b|yes\b|this\b|is\b|guess\b|as\b|has\b|was\b|us\b|its\b|it's\b|dis\b|"
    r"girls\b|boys\b|pls\b|thanks\b|always\b|perhaps\b|what's\b)[a-z]{3,}s\b)"
)

_FILLERS = (
    r"(?: (?:only|just|still|actually|really|about|almost|nearly|barely|currently|honestly|turning|"
    r"literally|basically|a|an|like|also|already|now|ok|so|really|yeah|female|male|girl|boy|m|f|"
    r"gonna be|going to be|about to be)){0,4}"
)
# Somebody else's words, a condition or the past in front of "I am 15".
_NOT_MEANT = (
    r"(?<!when )(?<!since )(?<!if )(?<!as if )(?<!think )(?<!thinks )(?<!thought )(?<!says )"
    r"(?<!said )(?<!say )(?<!that )(?<!like )(?<!pretend )(?<!pretending )(?<!wish )(?<!until )"
    r"(?<!till )(?<!lied )(?<!assume )(?<!believe )"
)
_I_AM = (
    r"(?:i am|i'm|im|iam|i m|i'?ll be|i will be|imma be|ima|ya boy is|"
    r"(?:i (?:just )?|^(?:just )?)turn(?:ed|ing)?)"
)
_EN_NUMBER = rf"(?:{_DIGITS}|{_EN})"
_YEARS_OLD = r"(?:yo|y/o|y\.o\.?|yr old|yrs old|year old|years old|years of age|yrs of age)"
_WHO = (
    r"(?:m|f|g|b|male|female|girl|boy|guy|dude|kid|teen|student|here|from|and|but|btw|u|you|"
    r"wbu|hbu|lol)"
)
_OVER = r"(?= ?(?:$|[.,!?;:)&/|]| (?:from|here|and|u|you|wbu|hbu|btw|usa|us|uk|india|lol)\b))"

_GREETING = r"\b(?:hi|hey|hello|yes|yeah|ok|no|lol|well|so|sorry)"

_ENGLISH = (
    rf"{_START}{_NOT_MEANT}{_I_AM}{_FILLERS} ?{_EN_NUMBER}{_END}{_NOT_AN_AGE}",
    rf"(?:^|[.,!?;] ?|{_GREETING} ){_EN_NUMBER} ?"
    rf"{_YEARS_OLD}(?: ?{_WHO}\b| ?$| ?[.,!?;])",
    rf"(?:^|[.,!?;] ?|{_GREETING} |\basl ?\??:? ?){_DIGITS} ?[/,. -]? ?"
    rf"(?:m|f|male|female|boy|girl){_OVER}",
    rf"(?:^|[.,!?;] ?|\basl ?\??:? ?)(?:m|f|male|female|boy|girl) ?[/,. -]? ?{_DIGITS}{_OVER}",
    rf"{_START}(?:my|me) age(?: is|'s|:|=)? ?{_FILLERS} ?{_EN_NUMBER}{_END}",
    rf"^(?:age|aged)(?: is|:|=)? ?{_EN_NUMBER}{_END}",
    rf"{_START}{_NOT_MEANT}(?:i am|i'm|im){_FILLERS} ?(?:minor|underage|under 18|under eighteen)\b",
    rf"{_START}{_NOT_MEANT}(?:i am|i'm|im) not (?:even )?(?:yet )?(?:18|eighteen|an adult)\b"
    r"(?! ?(?:anymore|any more|\d))",
    rf"{_START}{_NOT_MEANT}(?:i am|i'm|im)(?: only| just| still)? in "
    r"(?:the )?(?:[5-9]th|10th|sixth|seventh|eighth|ninth|tenth|middle) (?:grade|school)\b",
)

_SPANISH_NUMBER = rf"(?:{_DIGITS}|{_ES})"
_ES_YEARS = r"(?:anos|anios|anitos|ano|aos)"
_SPANISH = (
    rf"{_START}(?<!no )tengo(?: (?:solo|solamente|apenas|como|casi|recien|ya|unos))? "
    rf"{_SPANISH_NUMBER} {_ES_YEARS}\b"
    r"(?! (?:de (?!edad)|trabajando|viviendo|casad|con |en |sin |jugando|haciendo|estudiando|"
    r"aprendiendo|mas |menos |aqui))",
    rf"{_START}(?<!no )tengo(?: (?:solo|apenas|casi|recien))? {_SPANISH_NUMBER}"
    r"(?= ?(?:$|[.,!?;)]| (?:y (?:tu|vos|ud|usted)|jaja\w*|xd|vos|tu)\b))",
    rf"{_START}(?:cumplo|cumpli|voy a cumplir|acabo de cumplir|por cumplir)"
    rf"(?: los)? {_SPANISH_NUMBER}{_END}(?! (?:anos|meses|dias) (?:de|con|en|trabajando))",
    rf"{_START}mi edad(?: es|:)?(?: de)? {_SPANISH_NUMBER}{_END}",
    rf"^edad ?:? ?{_SPANISH_NUMBER}{_END}",
    rf"^{_SPANISH_NUMBER} {_ES_YEARS}(?= ?(?:$|[.,!?;)]| (?:y (?:tu|vos)|soy)\b))",
    rf"{_START}(?<!no )soy(?: (?:un|una|aun|todavia))? menor(?: de edad)?"
    r"(?= ?(?:$|[.,!?;]| de edad| y\b))",
    r"\baun no (?:tengo|cumplo)(?: los)? (?:18|dieciocho)\b",
)

_INDONESIAN_NUMBER = rf"(?:{_DIGITS}|{_ID})"
_ID_ME = r"(?:saya|aku|gue|gua|gw|ak|aq|ane|sy)"
_ID_YEARS = r"(?:tahun|taun|thn|th)"
_ID_JUST = (
    r"(?: (?:baru|masih|cuma|hanya|sekarang|udah|sudah|umur|umurnya|usia|berumur|berusia|adalah|"
    r"itu|skrg|jalan))"
)
_ID_NOT_MEANT = (
    r"(?<!waktu )(?<!saat )(?<!ketika )(?<!sejak )(?<!dari )(?<!pas )(?<!dulu )(?<!kalau )"
)
_INDONESIAN = (
    rf"{_START}{_ID_NOT_MEANT}(?:umur|usia)(?: {_ID_ME}|ku|q){_ID_JUST}{{0,3}} ?"
    rf"{_INDONESIAN_NUMBER}{_END}",
    rf"{_START}{_ID_NOT_MEANT}(?<!anak )(?<!adik )(?<!punya ){_ID_ME}{_ID_JUST}{{0,3}} "
    rf"{_INDONESIAN_NUMBER} ?{_ID_YEARS}\b(?! (?:kerja|bekerja|tinggal|di|lalu|yang|lagi|main|"
    r"lebih|pengalaman|menikah))",
    rf"{_START}{_ID_NOT_MEANT}(?<!anak )(?<!adik )(?<!umur ){_ID_ME}{_ID_JUST}{{0,2}} "
    rf"(?:umur|usia|berumur|berusia|umurnya) ?{_INDONESIAN_NUMBER}{_END}",
    rf"{_START}{_ID_NOT_MEANT}(?<!anak )(?<!adik )(?<!punya )(?<!umur ){_ID_ME}{_ID_JUST}{{0,2}} "
    rf"{_INDONESIAN_NUMBER}(?= ?(?:$|[.,!?;)]| (?:kamu|km|lo|lu|kalo|kalau)\b))",
    rf"^(?:umur|usia) ?:? ?{_INDONESIAN_NUMBER}(?= ?(?:$|[.,!?;)]| ?{_ID_YEARS}\b))",
    rf"^{_INDONESIAN_NUMBER} ?{_ID_YEARS}(?= ?(?:$|[.,!?;)]| (?:kamu|km|kak|bang|nih|kalo)\b))",
    rf"{_START}(?<!anak )(?<!adik ){_ID_ME}(?: (?:masih|baru))? "
    r"(?:di ?bawah umur|anak smp|smp|kelas [5-9] smp)\b",
    rf"{_START}{_ID_ME} (?:belum|blm)(?: (?:umur|genap|sampai))? (?:18|delapan belas)\b",
)

_HINDI_NUMBER = rf"(?:{_DIGITS}|{_HI})"
_HI_END = r"(?![\w\u0900-\u0963])"
_HI_START = r"(?<![\w\u0900-\u0963])"
_HI_YEARS = r"(?:साल|वर्ष|बरस|saal|sal|varsh|years?)"
_HI_OF = r"(?:का|की|के|ka|ki|ke)"
_HI_AM = r"(?:हूँ|हूं|हुं|हु|हू|hu|hun|hoon|hoo|hu n|hai|है)"
_HI_ONLY = r"(?: (?:तो|अभी|सिर्फ|सिर्फ़|केवल|बस|अब|to|abhi|sirf|bas|ab|just|hi|ही|लगभग))"
_HINDI = (
    rf"{_HI_START}(?:मैं|मै|में|हम|main|mai|mein|me|mei|mn){_HI_ONLY}{{0,3}} {_HINDI_NUMBER} ?"
    rf"{_HI_YEARS} {_HI_OF}(?: (?:ही|hi))?(?: (?:लड़का|लड़की|ladka|ladki|girl|boy))?"
    rf"(?= ?(?:$|[.,!?;।])| {_HI_AM}{_HI_END})",
    rf"{_HI_START}(?:मेरी|मेरा|meri|mera|my) (?:उम्र|उमर|आयु|एज|umar|umr|umra|age|ayu)"
    rf"{_HI_ONLY}{{0,3}} ?{_HINDI_NUMBER}{_HI_END}"
    rf"(?!(?: ?{_HI_YEARS})? (?:थी|था|thi|tha){_HI_END})",
    rf"{_HI_START}{_HINDI_NUMBER} ?{_HI_YEARS} {_HI_OF} "
    rf"(?:हूँ|हूं|हुं|हु|हू|hu|hun|hoon|hoo){_HI_END}",
    rf"^(?:उम्र|उमर|umar|umr) ?:? ?{_HINDI_NUMBER}{_HI_END}",
    rf"^{_HINDI_NUMBER} ?(?:साल|वर्ष|saal|sal)(?= ?(?:$|[.,!?;।]))",
    rf"{_HI_START}(?:मैं|main|mai)(?: (?:अभी|abhi))? (?:नाबालिग|nabalig|minor|underage){_HI_END}",
)

_AGE_STATEMENTS = tuple(
    re.compile(pattern) for pattern in (*_ENGLISH, *_SPANISH, *_INDONESIAN, *_HINDI)
)

_BARE_AGE = re.compile(
    rf"(?:(?:{_DIGITS}|{_EN}|{_ES}|{_ID}|{_HI}) ?"
    rf"(?:yo|y/o|years?|yrs?|m|f|male|female|boy|girl|{_ES_YEARS}|{_ID_YEARS}|{_HI_YEARS})?"
    r"(?: (?:u|you|wbu|hbu|and you|y tu|kamu|km|lol|jaja|haha))?|[mf] ?/?\d\d)[ .!?,]*"
)
_AGE_QUESTION = re.compile(
    r"how old|\bur age|\byour age|\byou're age|\bage\b|\basl\b|\ba/s/l|cuantos anos|que edad|"
    r"\bedad\b|umur|berapa tahun|usia|उम्र|उमर|कितने साल|kitne saal|kitni umar|\bumar\b|"
    r"kitne sal"
)

_PRESSING = re.compile(
    r"\bshow (?:me|us)\b|\bshow (?:it|ur|your)\b|\blet me see (?:u|you|your|ur|it|more|them)\b|"
    r"\btake (?:it|them|that|your|ur|off)\b.{0,20}(?:\boff\b|\bclothes\b|\bshirt\b|\bbra\b)|"
    r"\btake off\b|\bstrip\b|\bget naked\b|\bbe naked\b|\bgo nude\b|\bundress\b|"
    r"\bflash (?:me|us)\b|"
    r"\bsend (?:me )?(?:nudes?|pics?)\b|\bnudes\b|\blift (?:up )?(?:your|ur|it)\b|"
    r"\bopen (?:your|ur) (?:shirt|legs|bra)\b|\btouch (?:yourself|urself)\b|"
    r"\bi (?:will|'ll|ll) (?:leak|post|send|share) (?:it|this|your|ur|the)\b|\bi recorded\b|"
    r"\bmuestra(?:me|nos|te)?\b|\bensena(?:me|nos)\b|\bquitate\b|\bquitatel[ao]\b|\bdesnudate\b|"
    r"\bsaca(?:te)? (?:la|el|las|los) (?:ropa|camisa|camiseta|blusa)\b|\bdejame ver(?:te|lo|la)?\b|"
    r"\bmandame (?:fotos?|nudes|pack)\b|\blevantate la\b|"
    r"\bbuka (?:baju|celana|bh|kaos|bra)|\blepas(?:in)? (?:baju|celana|bh|kaos|bra)|"
    r"\btelanjang\b|\b(?:tunjukin|tunjukkan|kasih liat|kasih lihat|liatin|perlihatkan)\b|"
    r"\bkapde (?:utar|utaro|khol|kholo|nikal)\w*|\b(?:dikhao|dikha do|dikha na|dikhado)\b|"
    r"\bnang[ia] (?:ho|hoja)\w*|कपड़े (?:उतार|खोल|निकाल)|दिखाओ|दिखा दो|दिखा न|नंग[ीा] हो"
)


def finds_age_statement(skeleton: str, *, newest_from: int) -> bool:
    """Whether an age under 18 is stated in a way that reaches beyond offset `newest_from`."""
    return any(
        match.end() > newest_from
        for pattern in _AGE_STATEMENTS
        for match in pattern.finditer(skeleton)
    )


def is_bare_age(skeleton: str) -> bool:
    """Whether the line is nothing but an age under 18, as an answer to a question."""
    return _BARE_AGE.fullmatch(skeleton) is not None


def asks_for_age(skeleton: str) -> bool:
    """Whether the line asks how old somebody is."""
    return _AGE_QUESTION.search(skeleton) is not None


def is_pressing(skeleton: str) -> bool:
    """Whether the line presses the reader to undress or to show something."""
    return _PRESSING.search(skeleton) is not None
