import threading

from generation.gateway.client import GatewayClient
from generation.gateway.failures import NotFound, Unavailable
from generation.gateway.pollers import PollingPool, _Question
from generation.gateway.results import Phase
from tests.support.gateways.scripted import Reply


def echo(request):
    remote_id = request.path.rpartition("/")[2]
    if remote_id == "gone":
        return Reply.json({"detail": "Not Found"}, 404)
    return Reply.json({"id": remote_id, "status": "in_progress"})


def ask_all(pool, items):
    """Asks about all items, as many at once as there is room for; the answers as they come."""
    items, found = list(items), []
    while items or len(pool):
        while items and pool.room:
            token, remote_id, key = items.pop()
            pool.ask(token, remote_id, key)
        found += pool.answers(5)
    return found


def test_it_works(gateway, key):
    gateway.reply = echo
    items = [(number, f"t{number}", key) for number in range(100)]
    with PollingPool(lambda: GatewayClient(gateway.url), threads=8) as pool:
        replies = dict(ask_all(pool, items))
    assert {token: reply.remote_id for token, reply in replies.items()} == {
        number: f"t{number}" for number in range(100)
    }
    assert gateway.connections <= 8


def test_connections_outlive_a_round(gateway, key):
    gateway.reply = echo
    with PollingPool(lambda: GatewayClient(gateway.url), threads=1) as pool:
        for _ in range(3):
            ask_all(pool, [(1, "a", key), (2, "b", key)])
    assert (gateway.connections, len(gateway.requests)) == (1, 6)


def test_one_failure_does_not_touch_the_others(gateway, key):
    gateway.reply = echo
    with PollingPool(lambda: GatewayClient(gateway.url), threads=2) as pool:
        results = dict(ask_all(pool, [(1, "a", key), (2, "gone", key), (3, "", key)]))
    assert results[1].phase is Phase.RUNNING
    assert isinstance(results[2], NotFound)
    assert isinstance(results[3], NotFound)


def test_a_factory_that_fails_is_an_unavailable_gateway(key, caplog):
    def fail():
        raise ValueError(key)

    with PollingPool(fail, threads=1) as pool:
        [(token, result)] = ask_all(pool, [(1, "a", key)])
    assert token == 1
    assert isinstance(result, Unavailable)
    assert key not in str(result) + caplog.text


def test_nothing_asked_is_nothing_to_wait_for():
    with PollingPool(lambda: GatewayClient("http://h/")) as pool:
        assert pool.answers(60) == []


def test_a_poll_that_hangs_holds_up_no_other(gateway, key):
    gate = threading.Event()

    def hold(request):
        if request.path.endswith("/slow"):
            gate.wait(10)
        return echo(request)

    gateway.reply = hold
    with PollingPool(lambda: GatewayClient(gateway.url), threads=2) as pool:
        pool.ask("slow", "slow", key)
        for number in range(5):
            pool.ask(number, f"t{number}", key)
            assert [token for token, _ in pool.answers(5)] == [number]
        assert (len(pool), pool.room, pool.under_way) == (1, 1, ["slow"])
        assert pool.answers() == []
        gate.set()
        assert [token for token, _ in pool.answers(5)] == ["slow"]


def test_keys_do_not_show(key):
    assert key not in repr(_Question("token", "t1", key, 10))


def test_close_closes_the_clients(gateway, key):
    made = []

    def factory():
        made.append(GatewayClient(gateway.url))
        return made[-1]

    gateway.reply = echo
    with PollingPool(factory, threads=2) as pool:
        ask_all(pool, [(n, "a", key) for n in range(10)])
    assert made
    assert all(client._http.is_closed for client in made)
