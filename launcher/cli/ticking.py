"""What a tick has for whoever reads cron's mail: news, or nothing."""

import logging
import sys
from collections import Counter

from launcher.adapters.screen import print_news
from launcher.cli.logs import is_json
from launcher.core.report import Report
from launcher.core.ticks import News
from launcher.settings import Settings
from launcher.wiring import Tell, is_silent

log = logging.getLogger(__name__)

_NAMED = 100
"""Tasks at most that a line of the log names."""


def telling_news(settings: Settings) -> Tell:
    """Return what tells news on standard error; to who looks on, also that there is none."""

    def tell(report: Report, news: News) -> None:
        if is_json():
            _log(news)
        elif news or not is_silent(settings, sys.stderr):
            print_news(report, news, stream=sys.stderr)

    return tell


def _log(news: News) -> None:
    if not news:
        return
    log.error(
        "news of the tick",
        extra={
            **Counter(news.troubles.values()),
            "tasks": [*news.troubles][:_NAMED],
            "stopped": news.stopped,
            "throttled": news.throttled,
        },
    )
