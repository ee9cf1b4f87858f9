"""Addresses and phone numbers of strangers are masked, and nothing else that has digits."""

from __future__ import annotations

import time

import pytest

from monitor.masking import EMAIL, PHONE, Masker, contact_point, own_domains
from monitor.types import Account, BrandIdentity

MASKER = Masker(["815 00 640", "post@lomvi.example"])

# One a line; between the bars is what is masked.
PHONES = """
Ring meg på |98765432|!
tlf |22 33 44 55|
Tlf. |22334455|, hele døgnet
Mob: |412 34 567|
Nye |22 33 44 55| svarer alltid
Kontakt: Petra Nilsen, |900 23 871|.
selger bil, |98765432|.
Nummeret er |22 334 455|
tlf |22.33.44.55|
nås på |2233 4455| i dag
Vipps |98765432| nå
📞|98765432|
|412 345 67|
(|412 34 567|)
|+47 22 33 44 55|
|+4722334455|
|004722334455|
|0047 900 00 000|
|(+47) 900 00 000|
|+47-900-00-000|
tel:|+4798765432|
|+46 70 123 45 67|
|+46 (0)70-123 45 67|
|+44 (0)20 7946 0958|
|+45 12 34 56 78|
|+358 40 1234567|
|+1 (555) 123-4567|
|(555) 123-4567|
call |555-123-4567| today
|070-123 45 67|
|020 7946 0958|
|07700 900123|
""".strip().splitlines()

ADDRESSES = """
Skriv til |ola.nordmann@bedrift.example|.
<|ola+nytt@foo.co.example|>
|mailto:ola@x.example|
|kåre@blåbær.example|
'|ola@x.example|'
|ola (at) nordmann.example|
|ola[at]nordmann.example|
|ola [krøllalfa] nordmann (punktum) example|
""".strip().splitlines()

LEFT_ALONE = """
Fakturaen på 184 000 kroner
kr 12 345 678
12 345 678 kroner
22 334 455 kr
Boten er på 98765432 kr
NOK 41234567
22 33 44 55,50
$22 33 44 55
2 000 000-3 000 000
690 000–790 000 kroner
+12 345 678
+33 345 678
+5 000 000 kr
75 prosent av 12 500 000
40000000 innbyggere
41234567 kunder
i 2024, 2025 og 2026
den 24.12.2026
2026-11-23
ring før 23112026
ring før 20261123
01.02.2026-03.04.2026
kl. 07.30-15.30
ring kl. 10.00-12.30
ring oss kl. 20.30-22.00
kontakt oss 9.30-12.00
12:30:45
3,14159265
+59.913868
59.913868, 10.752245
org.nr. 912 345 678
org.nr 912345678
Organisasjonsnummer: 912 345 678
NO 912 345 678 MVA
ISBN 978-82-02-12345-6
978-82-02-12345-6
ISBN 82-02-12345-6
ordrenummer 98765432
Ordre nr. 98765432
ordre 41234567
bestillingsnummeret er 98765432
saksnr. 41 23 45 67
sak 26-0441
faktura 98765432
KID 12345678
#98765432
1234.56.78903
0539 12 34567
IBAN NO93 8601 1117 947
Vinnertall 4 12 22 25 30 31 33
1 2 3 4 5 6 7 8
192.168.100.200
v1.2.3.4567890
lot 26-0714 til 26-0731
https://avis.example/sak/98765432
www.avis.example/98765432?id=22334455
@ola@snabel.example
@kari
logo@2x.png
fem@10 kr
815 00 640
Døgnåpen telefon: +47 815 00 640
ring 81500640
post@lomvi.example
Post@Lomvi.example
""".strip().splitlines()


@pytest.mark.parametrize(("lines", "token"), [(PHONES, PHONE), (ADDRESSES, EMAIL)])
def test_what_is_masked_and_what_stands_around_it(lines: list[str], token: str) -> None:
    for line in lines:
        before, inside, after = line.split("|")
        assert MASKER.mask(before + inside + after) == before + token + after, line


@pytest.mark.parametrize("line", LEFT_ALONE)
def test_what_only_looks_so_is_left_alone(line: str) -> None:
    assert MASKER.mask(line) == line


def test_several_in_one_text_and_twice_over() -> None:
    text = "Ring 22 33 44 55, 98 76 54 32 eller skriv til a@b.example og c@d.example. Det kostet 184 000 kr."
    masked = MASKER.mask(text)
    assert masked == f"Ring {PHONE}, {PHONE} eller skriv til {EMAIL} og {EMAIL}. Det kostet 184 000 kr."
    assert MASKER.mask(masked) == masked


def test_in_our_own_texts_addresses_at_our_domain_stay_and_so_do_numbers() -> None:
    identity = BrandIdentity(
        "Fjordbank AS",
        aliases=("fjordbank.example", "Kystbanken"),
        accounts=(Account("https://bank.example/"),),
    )
    domains = own_domains(identity)
    for kept in (
        "kari@fjordbank.example",
        "kari@epost.fjordbank.example",
        "a@bank.example",
        "b@kyst-banken.example",
    ):
        assert (
            MASKER.addresses(f"Skriv til {kept}, tlf 22 33 44 55", domains)
            == f"Skriv til {kept}, tlf 22 33 44 55"
        )
    for kunde in ("kunde@post.example", "kari@ikkefjordbank.example", "x@fjordbank.example.evil.example"):
        assert MASKER.addresses(f"Fra {kunde}", domains) == f"Fra {EMAIL}", kunde


def test_ways_of_writing_a_contact_point_are_one() -> None:
    assert contact_point("+47 815 00 640") == contact_point("0047 81500640") == contact_point("815.00.640")
    assert contact_point("Post@Lomvi.example") == contact_point("post@lomvi.example ")
    assert contact_point("ring oss") == contact_point("12") == contact_point("lomvi.example") == ""


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "a.",
            "1",
            "1 ",
            "1.",
            "(1",
            "1)(",
            "+",
            "@a.",
            "(at)",
            "a (at) ",
            "tlf ",
            "http://",
            "a@b.",
            "a@b.no ",
        ),
        *("22 33 44 55 ", "22 33 44 55, ", "+47", "a@", "#1 ", "ordre 1"),
    ],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    MASKER.mask(text)
    assert time.process_time() - began < 2, piece
