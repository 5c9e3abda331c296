"""Answers that come when a test says so."""

from playwright.sync_api import APIResponse, Page, Route


class LateAnswers:
    """Those to one address: the server has been asked, and the page gets nothing before `let_go`.

    Make it some time before it is needed: what is asked at once after it may not be held.
    """

    def __init__(self, page: Page, address: str) -> None:
        self._page, self._address = page, address
        self._held: list[tuple[Route, APIResponse]] = []
        self._passes = False
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self._passes:
            route.continue_()
        else:
            self._held.append((route, route.fetch()))

    def wait(self) -> None:
        """Until the server has answered."""
        for _ in range(50):
            if self._held:
                return
            self._page.wait_for_timeout(100)
        raise AssertionError(f"Nobody has asked for {self._address}.")

    def let_go(self) -> None:
        """Hands over what has been asked for, which has to be something; what is asked from now on passes."""
        self.wait()
        self._passes = True
        for route, response in self._held:
            route.fulfill(response=response)
        self._held.clear()
