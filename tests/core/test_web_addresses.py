"""What looks like an address in the net is found however it is typed, and real names, streets and sentences pass."""

import pytest

from core.web_addresses import find_web_address, looks_like_a_name

pytestmark = pytest.mark.once

ADDRESSES = [
    "http://evil.example/",
    "Dear customer, your refund waits: http://refund.example/x",
    "HTTPS://EVIL.EXAMPLE",
    "hxxp://evil.example",
    "ftp://evil.example",
    "tg://resolve?domain=evil",
    "www.evil.example",
    "WWW2.EVIL.EXAMPLE",
    "www evil com",
    "evil.com",
    "Evil.Com",
    "EVIL.COM",
    "John (evil.com)",
    "John,evil.net",
    "my-shop.online",
    "Refund.Site",
    "evil.de",
    "evil.ru",
    "Evil.Ru",
    "evil.co.uk",
    "evil.co.uk/refund",
    "bit.ly/x",
    "Bit.Ly/x",
    "bit.ly",
    "t.me/evil",
    "t.me",
    "wa.me/491701234567",
    "g.co/x",
    "tinyurl.com/abc",
    "evil.wang",
    "evil.jo",
    "Mary.Jo/refund",
    "evil.com:8080",
    "evil.com.",
    "sub.domain.of.evil.info",
    "evil.com?pay=1",
    "192.0.2.1/pay",
    "192.0.2.1:8080",
    "john@example.com",
    "write to evil.person@shop.example",
    "john (at) example (dot) com",
    "evil dot com",
    "evil [.] com",
    "evil[.]com",
    "evil punto com",
    "evil arroba correo punto es",
    "evil\u00b7com",
    "paypal\u00b7com",
    "evil\u2027com",
    "evil\ua4f8com",
    "evil\u02d9com",
    "evil\u2e33com",
    "evil\u06d4com",
    "evil\u0660com",
    "evil\u06f0com",
    "evil . com",
    "evil .com",
    "evil. com",
    "e v i l . c o m",
    "h t t p : / / e v i l . e x",
    "ev\u200bil.c\u200bom",
    "evil\u200c.\u200dcom",
    "ev\u00adil.com",
    "\u2066evil.com\u2069",
    "\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
    "\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0fevil",
    "evil\u3002com",
    "evil\uff61com",
    "evil\u2024com",
    "\u24d4\u24e5\u24d8\u24db.\u24d2\u24de\u24dc",
    "evil\u2022com",
    "evil\ufe0f.com",
    "evil\u034f.com",
    "evil\u3164.com",
    "http\u2236//evil",
    "evil.com\u2044refund",
    "\u0435vil.c\u043em",
    "xn--80ak6aa92e.com",
    "xn--p1ai",
    "evil.xn--p1ai",
    "зло.рф",
    "пример.сайт",
    "müller.de",
    "例子.中国",
    "例子\u3002公司",
    "شرکت.com",
    "بازی.ایران/الف",
    "evil.comباز",
    "\U0001f600.ws",
    "i\u2764.tk",
    "Hello! evil.shop!",
    "evil.click",
    "evil.bank",
    "Evil.Bank",
]

NAMES = [
    "John",
    "St. John",
    "St.John",
    "J.R. Smith",
    "J.R.R.Tolkien",
    "J. R. Smith",
    "Dr.Who",
    "Dr. med. Anna Meier",
    "Dr.med. Anna Meier",
    "Prof.Dr.Schmidt",
    "Mary.Jo",
    "Mary-Jo O'Neil",
    "O'Neil",
    "Anna.Wang",
    "James.Bond",
    "Mr.Green",
    "Mrs.Page",
    "A.Cook",
    "J.Bond",
    "L.Wang",
    "María José García-López",
    "Mª del Carmen Ruiz",
    "Fco.de Paula",
    "Juan de la Cruz",
    "Núñez, Ángel",
    "Sra.Dña. Pilar",
    "D. José M.ª Aznar",
    "Nguyễn Văn An",
    "علی رضایی",
    "دکتر.علی",
    "محمد\u200cرضا می\u200cخواهد",
    "فاطمه\u200cسادات",
    "Иван Петров",
    "王小明",
    "田中 さくら",
    "Smørrebrød Åse",
    "Jean-Luc d'Arc",
    "Leo (6)",
    "Leo & Mia",
    "Sammy Davis Jr.",
    "Martin Luther King, Jr.",
    "Henry VIII.",
    "Dot Cotton",
    "Punto Blanco",
    "Sky",
    "Max Wwwähner",
]

PLACES = [
    "Strasse 5/7",
    "c/o Meier",
    "Apt.3",
    "Apt.No 5",
    "apt.no 5",
    "Apt.No/5",
    "House.no 5",
    "No.5",
    "Nr.12/Top.14",
    "Hs.Nr.5",
    "P.O.Box 12",
    "P.O. Box 12",
    "St.Gallen",
    "St. Gallen/SG",
    "Stg.2/Top.3",
    "1 Main St.",
    "12.OG",
    "Bldg.4, Fl.2",
    "Av.de América 5",
    "AV.DE AMERICA 5",
    "C.Mayor 1, 2º izq.",
    "C/ Mayor, 1",
    "Pza.de la Reina 3",
    "Ctra.N-340 km.12",
    "Urb.La Moraleja",
    "Sta.Cruz",
    "S.A. de C.V.",
    "S.A.de C.V.",
    "Müller GmbH & Co. KG",
    "Smith Co.Ltd",
    "Brick Co. Inc.",
    "г.Москва",
    "гор.Москва, ул.Ленина 5",
    "خ.بازار",
    "تهران، خیابان آزادی، پلاک ۱۲",
    "中国北京市朝阳区",
    "62701",
    "SW1A 1AA",
    "1012 AB",
    "5.3.2.1",
]

SENTENCES = [
    "Thank you. It was empty.",
    "The bag was empty.It came with the box.",
    "No. 14 is missing. So is no. 15.",
    "We looked twice... it is not there",
    "Bought at 10 a.m. on 5.6.2026, e.g. with the voucher",
    "2 x 4, 3.5 cm. In the bag, i.e. bag 14",
    "Set 75290-1. Bag 14. Red 2x4.",
    "Falta la bolsa 14.No estaba en la caja",
    "Faltan 3 piezas. Es la bolsa n.º 14.",
    "کیسهٔ ۱۴ نبود. خواهش می\u200cکنم بفرستید.",
    "the corner shop",
    "Toys & Co.",
    "3001.dat",
    "and/or",
    "brick 1/2",
    "We met @ home",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_address_is_found(text: str) -> None:
    assert find_web_address(text)
    assert not looks_like_a_name(text)


@pytest.mark.parametrize("text", ADDRESSES)
def test_address_is_found_in_the_middle_of_a_sentence(text: str) -> None:
    assert find_web_address(f"Dear John, see {text} for more")


@pytest.mark.parametrize("text", NAMES)
def test_name_passes(text: str) -> None:
    assert find_web_address(text) == ""
    assert looks_like_a_name(text)


@pytest.mark.parametrize("text", [*PLACES, *SENTENCES])
def test_place_and_sentence_pass(text: str) -> None:
    assert find_web_address(text) == ""


@pytest.mark.parametrize("text", NAMES)
def test_name_passes_with_a_greeting_around_it(text: str) -> None:
    assert find_web_address(f"Hello {text}, thank you") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Dear customer, call 0800 1234567 now",
        "Ring +1 (202) 555-0143",
        "با ۰۹۱۲۳۴۵۶۷۸۹ تماس بگیرید",
        "telegram @evilbot",
        "@evilbot",
        "\uff20evilbot",
    ],
)
def test_telephone_number_and_messenger_name_are_no_name(text: str) -> None:
    assert not looks_like_a_name(text)
