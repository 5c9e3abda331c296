"""Setting monthly budgets, and deciding about what is over one."""

from django import forms

MOST = 10_000_000


class BudgetField(forms.DecimalField):
    """USD a month; empty for no limit."""

    def __init__(self, help_text: str = "") -> None:
        super().__init__(
            help_text=help_text,
            min_value=0,
            max_value=MOST,
            max_digits=10,
            decimal_places=2,
            required=False,
            label="Budget a month",
            error_messages={
                "invalid": "Give an amount in USD, such as 50, or leave it empty for no limit.",
                "min_value": "A budget cannot be below 0.",
                "max_decimal_places": "Give whole cents.",
            },
        )


class BudgetForm(forms.Form):
    monthly_budget = BudgetField()


class DeclineForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        label="Reason",
        error_messages={"required": "Say why, so that the member knows."},
    )
