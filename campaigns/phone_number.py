"""Phone numbers: normalised to E.164 without the plus (ITU-T E.164), and masked for display."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

REGION = "CN"
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})")
_SEPARATORS = re.compile(r"[\s\-‐-―()·.．_/]+")
_NO_DIGITS = re.compile(r"\D+")
_COUNTRY = re.compile(r"^(?:00)?86")
_EXTENSION = re.compile(r"(转|分机|ext|x|#|,)", re.IGNORECASE)
_IN_TEXT = re.compile(
    r"(?<![\w.-])(?:"
    r"(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"
    r"|(?:0|(?:\+|00)?86[- ]?0?)[1-9]\d{1,2}[- ]?\d{7,8}"
    r")(?![\w-])"
)


class BadNumber(ValueError):
    """A text that cannot be dialled as a subscriber's number; the message says why."""


def normalise(text: str) -> str:
    """Return the number as dialled: digits of E.164 without the plus.

    Takes mobiles and landlines of mainland China in any usual writing (full-width digits,
    spaces, 0771-…, +86). Raises BadNumber for anything else, short numbers included.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    mobile = _MOBILE.fullmatch(plain)
    if mobile:
        return f"86{mobile.group(1)}"
    if not plain:
        raise BadNumber("the number is missing")
    if _EXTENSION.search(plain):
        raise BadNumber("a number with an extension cannot be dialled: give the direct number")
    if not re.fullmatch(r"\+?\d+", plain):
        raise BadNumber("this is not a phone number: write it as 13800138000 or 0771-5552366")
    return _landline(plain)


def _landline(plain: str) -> str:
    if len(plain.lstrip("+")) <= 6:
        raise BadNumber("short numbers are not called from lists")
    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException as error:
        raise BadNumber("this is not a phone number") from error
    if number.country_code != phonenumbers.country_code_for_region(REGION):
        raise BadNumber("numbers outside mainland China are not called")
    if not phonenumbers.is_valid_number(number):
        if len(plain) in (7, 8) and not plain.startswith(("0", "+")):
            raise BadNumber("the area code is missing, as in 0771-5552366")
        raise BadNumber("no such number is in use in China: check the digits")
    return f"{number.country_code}{number.national_number}"


def mask(number: str) -> str:
    """Return a number as it may be shown: 138****8000, 0771****2366; short numbers as they are."""
    digits = _NO_DIGITS.sub("", number)
    if len(digits) <= 6:
        return digits
    national = _COUNTRY.sub("", digits) if len(digits) > 11 else digits
    return f"{_head(national.removeprefix('0'))}****{national[-4:]}"


def _head(national: str) -> str:
    if _MOBILE.fullmatch(national):
        return national[:3]
    area = 2 if national.startswith(("10", "2")) else 3
    return f"0{national[:area]}"


def mask_all(text: str) -> str:
    """Return the text with every phone number in it masked."""
    return _IN_TEXT.sub(lambda found: mask(found.group()), text)
