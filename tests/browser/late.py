"""Answers that come when a test says so."""

from playwright.sync_api import Page, Route


class Late:
    """Answers to one address: asked for at once, handed over by `let_go`."""

    def __init__(self, page: Page, address: str) -> None:
        self._page, self._address = page, address
        self._held: list[tuple[Route, object]] = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        self._held.append((route, route.fetch()))

    def let_go(self) -> None:
        """Hands over what has been asked for, which has to be something, and what comes."""
        for _ in range(50):
            if self._held:
                break
            self._page.wait_for_timeout(100)
        assert self._held, self._address
        for route, response in self._held:
            route.fulfill(response=response)
        self._page.unroute(self._address)


hold = Late
