import threading

from generation.gateway.client import GatewayClient
from generation.gateway.failures import NotAsked, NotFound, Unavailable
from generation.gateway.pollers import PollingPool
from generation.gateway.results import Phase, TaskReply

from .servers import Reply


def echo(request):
    remote_id = request.path.rpartition("/")[2]
    if remote_id == "gone":
        return Reply.json({"detail": "Not Found"}, 404)
    return Reply.json({"id": remote_id, "status": "in_progress"})


def test_it_works(gateway, key):
    gateway.reply = echo
    items = [(number, f"t{number}", key) for number in range(100)]
    with PollingPool(lambda: GatewayClient(gateway.url), threads=8) as pool:
        replies = dict(pool.fetch_many(items))
    assert {token: reply.remote_id for token, reply in replies.items()} == {
        number: f"t{number}" for number in range(100)
    }
    assert gateway.connections <= 8


def test_connections_outlive_a_round(gateway, key):
    gateway.reply = echo
    with PollingPool(lambda: GatewayClient(gateway.url), threads=1) as pool:
        for _ in range(3):
            list(pool.fetch_many([(1, "a", key), (2, "b", key)]))
    assert (gateway.connections, len(gateway.requests)) == (1, 6)


def test_one_failure_does_not_touch_the_others(gateway, key):
    gateway.reply = echo
    with PollingPool(lambda: GatewayClient(gateway.url), threads=2) as pool:
        results = dict(pool.fetch_many([(1, "a", key), (2, "gone", key), (3, "", key)]))
    assert results[1].phase is Phase.RUNNING
    assert isinstance(results[2], NotFound)
    assert isinstance(results[3], NotFound)


def test_a_factory_that_fails_is_an_unavailable_gateway(key, caplog):
    def fail():
        raise ValueError(key)

    with PollingPool(fail, threads=1) as pool:
        [(token, result)] = pool.fetch_many([(1, "a", key)])
    assert token == 1
    assert isinstance(result, Unavailable)
    assert key not in str(result) + caplog.text


def test_no_items():
    with PollingPool(lambda: GatewayClient("http://h/")) as pool:
        assert list(pool.fetch_many([])) == []


def test_round_that_is_over_gives_the_rest_back(gateway, key):
    gateway.reply = echo
    with PollingPool(lambda: GatewayClient(gateway.url), threads=1) as pool:
        results = list(pool.fetch_many([(1, "a", key), (2, "b", key)], within=0))
    assert [type(result) for _, result in results] == [NotAsked, NotAsked]
    assert gateway.requests == []


def test_leaving_a_round_drops_what_has_not_begun(gateway, key):
    gate = threading.Event()

    def hold(request):
        if request.path.endswith("/first"):
            return echo(request)
        gate.wait(5)
        return echo(request)

    gateway.reply = hold
    with PollingPool(lambda: GatewayClient(gateway.url), threads=1) as pool:
        round_ = pool.fetch_many([(0, "first", key)] + [(n, f"t{n}", key) for n in range(1, 50)])
        token, reply = next(round_)
        round_.close()
        gate.set()
    assert token == 0
    assert isinstance(reply, TaskReply)
    assert len(gateway.requests) <= 3


def test_close_closes_the_clients(gateway, key):
    made = []

    def factory():
        made.append(GatewayClient(gateway.url))
        return made[-1]

    gateway.reply = echo
    with PollingPool(factory, threads=2) as pool:
        list(pool.fetch_many([(n, "a", key) for n in range(10)]))
    assert made
    assert all(client._http.is_closed for client in made)
