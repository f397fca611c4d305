"""What people see: words while a run goes on and at its end. The only place that knows rich."""

from launcher.adapters.screen.aborted import print_aborted
from launcher.adapters.screen.closing import print_closing, print_plan
from launcher.adapters.screen.compared import print_comparison
from launcher.adapters.screen.costs import estimates_in_words
from launcher.adapters.screen.explanations import print_explanations, print_glossary
from launcher.adapters.screen.findings import print_findings
from launcher.adapters.screen.keyboard import forget_typed
from launcher.adapters.screen.live import LiveProgress
from launcher.adapters.screen.news import print_news
from launcher.adapters.screen.opening import Screen, open_progress
from launcher.adapters.screen.plain import PlainProgress, QuietProgress
from launcher.adapters.screen.runs import print_runs
from launcher.adapters.screen.settings import print_settings
from launcher.adapters.screen.words import plan_in_words, shares_in_words

__all__ = [
    "LiveProgress",
    "PlainProgress",
    "QuietProgress",
    "Screen",
    "estimates_in_words",
    "forget_typed",
    "open_progress",
    "plan_in_words",
    "print_aborted",
    "print_closing",
    "print_comparison",
    "print_explanations",
    "print_findings",
    "print_glossary",
    "print_news",
    "print_plan",
    "print_runs",
    "print_settings",
    "shares_in_words",
]
