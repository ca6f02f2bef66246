"""What the pages say, in the four languages of the interface.

The wording is ours: only that these things are shown, and in which language, is documented
(sections 4, 7 and 9). Names in braces are filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["COMMITMENTS", "PAGE_TEXTS", "POLICIES", "Texts"]

Texts = Mapping[str, str]
"""Texts by name, or by language."""

_EN = {
    "simulated": "Simulation: nothing here is signed for real.",
    "identify": "Who are you?",
    "create-certificate": "Create your signing certificate",
    "sign": "Sign",
    "identify-told": "{label} asks you to identify yourself before you sign.",
    "create-certificate-told": (
        "You have no signing certificate yet. It is created once, and you confirm that within "
        "three minutes."
    ),
    "sign-told-one": "{label} asks you to sign one document.",
    "sign-told": "{label} asks you to sign {documents} documents.",
    "phone": "Your phone number",
    "phone-hint": "For example {example}",
    "description": "What you sign",
    "role": "You sign as",
    "commitment": "What your signature stands for",
    "policy": "Signature policy",
    "until": "You can decide until",
    "identify-approve": "Continue",
    "create-certificate-approve": "Create my certificate",
    "sign-approve": "Sign",
    "reject": "Refuse",
    "phone-unknown": "Nobody with this phone number uses the app. Check the number.",
    "nothing-chosen": "Choose one of the two buttons.",
    "error": "Error",
    "over": "There is nothing left to decide here.",
}
_FR = {
    "simulated": "Simulation : rien n’est réellement signé ici.",
    "identify": "Qui êtes-vous ?",
    "create-certificate": "Créer votre certificat de signature",
    "sign": "Signer",
    "identify-told": "{label} vous demande de vous identifier avant de signer.",
    "create-certificate-told": (
        "Vous n’avez pas encore de certificat de signature. Il est créé une seule fois ; "
        "confirmez dans les trois minutes."
    ),
    "sign-told-one": "{label} vous demande de signer un document.",
    "sign-told": "{label} vous demande de signer {documents} documents.",
    "phone": "Votre numéro de téléphone",
    "phone-hint": "Par exemple {example}",
    "description": "Ce que vous signez",
    "role": "Vous signez en qualité de",
    "commitment": "Ce que votre signature atteste",
    "policy": "Politique de signature",
    "until": "Vous pouvez décider jusqu’à",
    "identify-approve": "Continuer",
    "create-certificate-approve": "Créer mon certificat",
    "sign-approve": "Signer",
    "reject": "Refuser",
    "phone-unknown": (
        "Personne n’utilise l’application avec ce numéro de téléphone. Vérifiez le numéro."
    ),
    "nothing-chosen": "Choisissez l’un des deux boutons.",
    "error": "Erreur",
    "over": "Il n’y a plus rien à décider ici.",
}
_NL = {
    "simulated": "Simulatie: hier wordt niets echt ondertekend.",
    "identify": "Wie bent u?",
    "create-certificate": "Uw handtekeningcertificaat aanmaken",
    "sign": "Ondertekenen",
    "identify-told": "{label} vraagt u om u te identificeren voordat u ondertekent.",
    "create-certificate-told": (
        "U hebt nog geen handtekeningcertificaat. Het wordt één keer aangemaakt; bevestig dat "
        "binnen drie minuten."
    ),
    "sign-told-one": "{label} vraagt u om één document te ondertekenen.",
    "sign-told": "{label} vraagt u om {documents} documenten te ondertekenen.",
    "phone": "Uw telefoonnummer",
    "phone-hint": "Bijvoorbeeld {example}",
    "description": "Wat u ondertekent",
    "role": "U ondertekent als",
    "commitment": "Waar uw handtekening voor staat",
    "policy": "Handtekeningbeleid",
    "until": "U kunt beslissen tot",
    "identify-approve": "Verder",
    "create-certificate-approve": "Mijn certificaat aanmaken",
    "sign-approve": "Ondertekenen",
    "reject": "Weigeren",
    "phone-unknown": "Niemand gebruikt de app met dit telefoonnummer. Kijk het nummer na.",
    "nothing-chosen": "Kies een van de twee knoppen.",
    "error": "Fout",
    "over": "Hier valt niets meer te beslissen.",
}
_DE = {
    "simulated": "Simulation: Hier wird nichts wirklich unterschrieben.",
    "identify": "Wer sind Sie?",
    "create-certificate": "Ihr Signaturzertifikat erstellen",
    "sign": "Unterschreiben",
    "identify-told": "{label} bittet Sie, sich vor dem Unterschreiben auszuweisen.",
    "create-certificate-told": (
        "Sie haben noch kein Signaturzertifikat. Es wird einmalig erstellt; bestätigen Sie das "
        "innerhalb von drei Minuten."
    ),
    "sign-told-one": "{label} bittet Sie, ein Dokument zu unterschreiben.",
    "sign-told": "{label} bittet Sie, {documents} Dokumente zu unterschreiben.",
    "phone": "Ihre Telefonnummer",
    "phone-hint": "Zum Beispiel {example}",
    "description": "Was Sie unterschreiben",
    "role": "Sie unterschreiben als",
    "commitment": "Wofür Ihre Unterschrift steht",
    "policy": "Signaturrichtlinie",
    "until": "Sie können entscheiden bis",
    "identify-approve": "Weiter",
    "create-certificate-approve": "Mein Zertifikat erstellen",
    "sign-approve": "Unterschreiben",
    "reject": "Ablehnen",
    "phone-unknown": "Niemand nutzt die App mit dieser Telefonnummer. Prüfen Sie die Nummer.",
    "nothing-chosen": "Wählen Sie eine der beiden Schaltflächen.",
    "error": "Fehler",
    "over": "Hier gibt es nichts mehr zu entscheiden.",
}

PAGE_TEXTS: Mapping[str, Texts] = MappingProxyType({"EN": _EN, "FR": _FR, "NL": _NL, "DE": _DE})
"""The texts of the pages, by language and name."""

POLICIES: Mapping[str, Texts] = MappingProxyType(
    {
        "tests": {
            "DE": "Nur für Tests, bindet zu nichts.",
            "EN": "For tests only, binds to nothing.",
            "FR": "Pour les tests uniquement, n’engage à rien.",
            "NL": "Alleen voor tests, verbindt tot niets.",
        },
        "generic": {
            "DE": "Qualifizierte Signatur, allgemein.",
            "EN": "Qualified signature, generic.",
            "FR": "Signature qualifiée, générique.",
            "NL": "Gekwalificeerde handtekening, algemeen.",
        },
        "of-the-day": {
            "DE": "Seit Kurzem auf der Liste.",
            "EN": "On the list of late.",
            "FR": "Sur la liste depuis peu.",
            "NL": "Sinds kort op de lijst.",
        },
        "disabled": {
            "DE": "Nicht mehr in Gebrauch.",
            "EN": "No longer in use.",
            "FR": "N’est plus utilisée.",
            "NL": "Niet meer in gebruik.",
        },
    }
)
"""What the policies of the offer say of themselves, by kind and language."""

COMMITMENTS: Mapping[str, Texts] = MappingProxyType(
    {
        "testing": {"DE": "Test", "EN": "Testing", "FR": "Test", "NL": "Test"},
        "origin": {
            "DE": "Nachweis der Herkunft",
            "EN": "Proof of origin",
            "FR": "Preuve de l’origine",
            "NL": "Bewijs van herkomst",
        },
        "receipt": {
            "DE": "Nachweis des Empfangs",
            "EN": "Proof of receipt",
            "FR": "Preuve de réception",
            "NL": "Bewijs van ontvangst",
        },
        "delivery": {
            "DE": "Nachweis der Zustellung",
            "EN": "Proof of delivery",
            "FR": "Preuve de remise",
            "NL": "Bewijs van aflevering",
        },
        "sender": {
            "DE": "Nachweis des Absenders",
            "EN": "Proof of sender",
            "FR": "Preuve de l’expéditeur",
            "NL": "Bewijs van afzender",
        },
        "approval": {
            "DE": "Nachweis der Zustimmung",
            "EN": "Proof of approval",
            "FR": "Preuve d’approbation",
            "NL": "Bewijs van goedkeuring",
        },
        "creation": {
            "DE": "Nachweis der Erstellung",
            "EN": "Proof of creation",
            "FR": "Preuve de création",
            "NL": "Bewijs van aanmaak",
        },
    }
)
"""What the commitment types of the offer are called, by name and language."""
