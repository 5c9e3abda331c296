"""Error codes and words of the gateway, explained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalog import MODELS, ModelSpec, Responsible, explain, explain_http, get_model
from generation.catalog.causes import CAUSES, UNEXPLAINED

from .strategies import patient

TURBO = "viduq2_turbo_img2video"
PAGES = {
    TURBO: [
        f"008007{reason}"
        for reason in ["001", "002", "003", "004", "005", "095", "096", "097", "098", "099"]
    ],
    "viduq2_pro_fast_reference2video": [
        f"008017{reason}" for reason in ["001", "002", "003", "095", "096", "097", "098", "099"]
    ],
    "vidu20_img2video": [
        f"008005{reason}" for reason in ["001", "002", "003", "004", "005", "006", "098", "099"]
    ],
    "viduq1_img2video": [
        "0",
        *(f"8008003{reason}" for reason in ["001", "002", "003", "004", "098", "099"]),
    ],
    "viduq2_reference2image": [
        f"008023{reason}" for reason in ["001", "002", "003", "095", "096", "097", "098", "099"]
    ],
}
ANY_TEXT = st.text(max_size=80) | st.sampled_from(["008007001", "AuditSubmitIllegal", "9" * 5000])


@pytest.mark.parametrize("model_id", PAGES)
def test_every_code_of_the_page_is_there(model_id: str) -> None:
    assert [error.code for error in get_model(model_id).errors] == PAGES[model_id]


@pytest.mark.parametrize("model_id", PAGES)
def test_codes_explain_themselves_with_and_without_leading_zeros(model_id: str) -> None:
    spec = get_model(model_id)
    for error in spec.errors:
        if error.number:
            assert explain(spec, error.code, "").what == error.meaning
            assert explain(spec, str(error.number), "").what == error.meaning
            assert explain(None, error.code, "").what == error.meaning


@pytest.mark.parametrize("code", ["8008003004", "008003004", "8003004", " 8003004 "])
def test_q1_codes_with_and_without_the_stray_eight(code: str) -> None:
    assert explain(get_model("viduq1_img2video"), code, "").what == "The image was not accepted"


@pytest.mark.parametrize("model_id", PAGES)
def test_input_faults_are_the_members_and_the_rest_the_providers(model_id: str) -> None:
    for error in get_model(model_id).errors:
        by_member = 0 < error.number % 1000 < 10
        assert error.responsible is (Responsible.MEMBER if by_member else Responsible.PROVIDER)
        assert error.retry_helps is not by_member


@pytest.mark.parametrize("model_id", PAGES)
def test_fault_codes_are_documented_ones(model_id: str) -> None:
    spec = get_model(model_id)
    used = {*spec.fault_codes.values(), *spec.missing_codes.values()}
    assert used <= set(PAGES[model_id])
    assert {*spec.fault_codes, *spec.missing_codes} <= {"", *spec.names}


@pytest.mark.parametrize(
    ("code", "message", "what"),
    [
        ("110001", "input image may contain sensitive information", "Refused by content review"),
        ("110001", "", "Refused by content review"),
        ("190000", "download input audio failed", "The provider could not download an image"),
        ("8007097", "vidu: AuditSubmitIllegal: submit is illegal", "Refused by content review"),
        (
            "008007098",
            "err_code=CreationPolicyViolation",
            "The result was refused by content review",
        ),
        ("", "TaskPromptPolicyViolation", "The prompt was refused by content review"),
        ("CreditInsufficient", "", "The provider account is out of credit"),
        ("", "Insufficient_credits on account", "The provider account is out of credit"),
        ("40203", "", "The provider account is out of credit"),
        ("8017099", "ImageDownloadFailure", "The provider could not download an image"),
        ("", "QuotaExceeded", "The provider has too many requests at the moment"),
        ("Forbidden", "", "The key may not do this, or its balance is used up"),
        ("", "code 008007004 from upstream", "The duration was not accepted"),
        ("008099003", "", "The provider did not accept one of the values"),
        ("008099097", "", "The provider had a fault"),
        ("0", "", UNEXPLAINED.what),
        ("", "", UNEXPLAINED.what),
        ("", "Forbidden fruit on a table", UNEXPLAINED.what),
    ],
)
def test_codes_and_words(code: str, message: str, what: str) -> None:
    assert explain(get_model(TURBO), code, message).what == what


def test_the_vendors_list_of_words_is_known() -> None:
    words = [
        "BadRequest",
        "FieldLacking",
        "FieldUnwanted",
        "FieldItemCountOutOfRange",
        "FieldInvalid",
        "PageSizeOutOfRange",
        "ImageDownloadFailure",
        "ImageFormatInvalid",
        "OperationInProcess",
        "TaskPromptPolicyViolation",
        "AuditSubmitIllegal",
        "CreationPolicyViolation",
        "CreditInsufficient",
        "ModelUnavailable",
        "UserCancelled",
        "ImageCheckBodyJointsFailed",
        "ImageCheckFaceFailed",
        "ImageObjectsUndetected",
        "Unauthorized",
        "Forbidden",
        "TaskNotFound",
        "CreationNotFound",
        "NotFound",
        "Conflict",
        "QuotaExceeded",
        "TooManyRequests",
        "SystemThrottling",
        "Canceled",
        "InternalServiceFailure",
        "INVALID_PROMPT_LENGTH",
        "INSUFFICIENT_CREDITS",
        "CONTENT_MODERATION",
        "TASK_TIMEOUT",
    ]
    assert [word for word in words if explain(None, word, "") == UNEXPLAINED] == []


@pytest.mark.parametrize(
    ("status", "responsible", "retry_helps"),
    [
        (400, Responsible.MEMBER, False),
        (401, Responsible.ADMIN, False),
        (402, Responsible.ADMIN, False),
        (403, Responsible.ADMIN, False),
        (404, Responsible.ADMIN, False),
        (413, Responsible.MEMBER, False),
        (422, Responsible.MEMBER, False),
        (429, Responsible.PROVIDER, True),
        (500, Responsible.PROVIDER, True),
        (502, Responsible.PROVIDER, True),
        (503, Responsible.PROVIDER, True),
        (504, Responsible.PROVIDER, True),
    ],
)
def test_http_statuses(status: int, responsible: Responsible, retry_helps: bool) -> None:
    explanation = explain_http(status, "", "")
    assert (explanation.responsible, explanation.retry_helps) == (responsible, retry_helps)


def test_the_text_of_an_http_error_says_more_than_its_status() -> None:
    assert explain_http(403, "", "insufficient balance").what == (
        "The provider account is out of credit"
    )
    assert explain_http(400, "AuditSubmitIllegal", "").what == "Refused by content review"


def test_sentences_are_calm_and_complete() -> None:
    explained = [cause.explanation for cause in CAUSES]
    pairs = [(e.what, e.advice) for e in [*explained, UNEXPLAINED]]
    pairs += [(e.meaning, e.advice) for spec in MODELS.values() for e in spec.errors]
    for what, advice in pairs:
        assert what[-1].isalnum()
        assert advice.endswith(".")
        assert "!" not in what + advice


@patient
@given(st.sampled_from([None, *MODELS.values()]), ANY_TEXT, ANY_TEXT, st.integers())
def test_nothing_makes_it_raise(
    spec: ModelSpec | None, code: str, message: str, status: int
) -> None:
    assert explain(spec, code, message).what
    assert explain_http(status, code, message, spec).what
