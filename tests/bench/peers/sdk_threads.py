"""The platform's own Python client in threads: get a task, run it if it is a draft."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sevenbridges import Api


def main() -> None:
    tasks = Path(sys.argv[1]).read_text().split()
    threads = int(sys.argv[2])
    api = Api(pool_maxsize=threads)

    def launch(task_id: str) -> None:
        task = api.tasks.get(task_id)
        if task.status == "DRAFT":
            task.run()

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(launch, tasks):
            pass


main()
