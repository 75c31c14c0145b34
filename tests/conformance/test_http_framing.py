"""HTTP framing against the running server, over raw sockets: whatever two readers could read
differently is refused and the connection closed; what is clear is answered, in order.

What the API answers does not matter here: any response to an unsigned call is one that the request
was served for, and a refused framing never gets that far.
"""
import re
import socket

import pytest

TIMEOUT_SECONDS = 20
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


def field(line: bytes) -> bytes:
    return HEAD + line + b"\r\n\r\nhello"


MALFORMED = {
    "empty_line_first": (b"\r\n" + LIVE, 400),
    "tls_client_hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "no_target": (b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no_version": (b"GET /\r\nHost: a\r\n\r\n", 400),
    "two_spaces_before_target": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "two_spaces_before_version": (b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "tab_in_request_line": (b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "nul_in_target": (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "non_ascii_target": (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "fragment": (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "invalid_method": (b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "method_too_long": (b"A" * 33 + b" / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "absolute_form_of_another_host": (b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "authority_form": (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400),
    "target_too_long": (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "http_0_9": (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    "http_2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "lower_case_version": (b"GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    "bare_lf_after_request_line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    "bare_lf_after_field": (b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    "bare_lf_at_the_end": (HEAD + b"\n", 400),
    "bare_cr_in_value": (field(b"X: a\rb"), 400),
    "obs_fold": (field(b"X: a\r\n b"), 400),
    "obs_fold_with_tab": (field(b"X: a\r\n\tb"), 400),
    "obs_fold_of_empty_value": (field(b"X:\r\n b"), 400),
    "obs_fold_before_first_field": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "nul_in_value": (field(b"X: a\x00b"), 400),
    "nul_in_name": (field(b"X\x00: a"), 400),
    "control_byte_in_value": (field(b"X: a\x02"), 400),
    "del_in_value": (field(b"X: a\x7f"), 400),
    "space_before_colon": (field(b"Content-Length : 5"), 400),
    "tab_before_colon": (field(b"Content-Length\t: 5"), 400),
    "no_colon": (field(b"Content-Length 5"), 400),
    "empty_name": (field(b": 5"), 400),
    "separator_in_name": (field(b"X(Y): 5"), 400),
    "header_too_large": (field(b"X: " + b"a" * 20000), 431),
    "too_many_fields": (HEAD + b"X: a\r\n" * 200 + b"\r\n", 431),
    "unknown_expectation": (field(b"Expect: miracles"), 417),
    "no_host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two_hosts": (field(b"Host: localhost"), 400),
    "empty_host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "host_with_user": (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "equal_lengths": (field(b"Content-Length: 5\r\nContent-Length: 5"), 400),
    "different_lengths": (field(b"Content-Length: 5\r\nContent-Length: 6"), 400),
    "list_of_lengths": (field(b"Content-Length: 5, 5"), 400),
    "length_with_plus": (field(b"Content-Length: +5"), 400),
    "length_with_minus": (field(b"Content-Length: -5"), 400),
    "length_in_hexadecimal": (field(b"Content-Length: 0x5"), 400),
    "length_with_leading_zero": (field(b"Content-Length: 05"), 400),
    "empty_length": (field(b"Content-Length:"), 400),
    "length_overflow": (field(b"Content-Length: 18446744073709551621"), 400),
    "length_too_large": (field(b"Content-Length: 99999999"), 413),
    "length_then_coding": (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "coding_then_length": (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "two_codings": (field(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400),
    "chunked_not_last": (field(b"Transfer-Encoding: chunked, gzip"), 400),
    "chunked_after_another": (field(b"Transfer-Encoding: gzip, chunked"), 400),
    "almost_chunked": (field(b"Transfer-Encoding: xchunked"), 400),
    "vertical_tab_before_chunked": (field(b"Transfer-Encoding: \x0bchunked"), 400),
    "unknown_coding": (field(b"Transfer-Encoding: gzip"), 501),
    "chunked_on_http_1_0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunk_size_empty": (CHUNKED + b"\r\n0\r\n\r\n", 400),
    "chunk_size_with_0x": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk_size_with_minus": (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk_size_overflow": (CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n", 400),
    "chunk_size_too_large": (CHUNKED + b"fffffff\r\nhello\r\n0\r\n\r\n", 413),
    "chunk_bare_lf": (CHUNKED + b"5\nhello\r\n0\r\n\r\n", 400),
    "chunk_data_too_long": (CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n", 400),
    "chunk_extension_too_long": (CHUNKED + b"5;a=" + b"b" * 300 + b"\r\nhello\r\n0\r\n\r\n", 400),
    "chunk_extension_with_lf": (CHUNKED + b'5;a="\n"\r\nhello\r\n0\r\n\r\n', 400),
    "trailer_folded": (CHUNKED + b"0\r\nX: a\r\n b\r\n\r\n", 400),
    "trailer_with_length": (CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n", 400),
}


class Connection:
    def __init__(self, server):
        self.socket = socket.create_connection((server.host, server.port), timeout=TIMEOUT_SECONDS)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _receive(self) -> bool:
        piece = self.socket.recv(65536)
        self.received += piece
        return bool(piece)

    def response(self) -> tuple[int, dict[str, str], bytes]:
        while b"\r\n\r\n" not in self.received:
            assert self._receive(), f"closed after {self.received!r}"
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", status_line)
        assert match, status_line
        fields = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
        length = int(fields.get("content-length", "0"))
        while len(self.received) < length:
            assert self._receive(), "closed inside a body"
        body, self.received = self.received[:length], self.received[length:]
        return int(match.group(1)), fields, body

    def assert_closed(self) -> None:
        assert self.received == b""
        assert not self._receive(), f"more came: {self.received!r}"


def test_the_table_has_at_least_60_rows():
    assert len(MALFORMED) >= 60


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_framing_is_refused_and_closed(server, name):
    data, expected = MALFORMED[name]
    with Connection(server) as connection:
        # What follows must not be served either.
        connection.send(data + LIVE)
        status, fields, body = connection.response()
        assert status == expected
        assert fields["connection"] == "close"
        assert body == b""
        connection.assert_closed()


def test_pipelined_requests_are_answered_in_order(server):
    with Connection(server) as connection:
        connection.send(LIVE + HEAD + b"Content-Length: 2\r\n\r\n{}" + LIVE)
        first, second, third = (connection.response() for _ in range(3))
    assert first[0] == third[0] == 200
    assert second[0] >= 400
    assert first[2] == third[2] != second[2]


@pytest.mark.parametrize("at", [1, 5, 20, 40, len(LIVE) - 1])
def test_a_request_in_two_pieces_is_answered(server, at):
    with Connection(server) as connection:
        connection.send(LIVE[:at])
        connection.send(LIVE[at:])
        assert connection.response()[0] == 200


def test_chunked_and_plain_bodies_get_the_same_answer(server):
    with Connection(server) as connection:
        connection.send(HEAD + b"Content-Length: 2\r\n\r\n{}")
        plain = connection.response()
        connection.send(CHUNKED + b"1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n")
        chunked = connection.response()
    assert plain[0] == chunked[0]
    assert plain[2] == chunked[2]


def test_expect_continue_is_answered_before_the_body(server):
    with Connection(server) as connection:
        connection.send(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.response()[0] == 100
        connection.send(b"{}")
        assert connection.response()[0] >= 400


def test_http_1_0_is_answered_and_closed(server):
    with Connection(server) as connection:
        connection.send(b"GET /health/live HTTP/1.0\r\n\r\n")
        status, fields, _ = connection.response()
        assert status == 200
        assert fields["connection"] == "close"
        connection.assert_closed()


def test_a_client_that_closes_its_side_gets_its_answer(server):
    with Connection(server) as connection:
        connection.send(LIVE)
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.response()[0] == 200
        connection.assert_closed()
