"""A proxy for tunnels on a free port of 127.0.0.1, all of which lead to one port: `connect_proxy.py PORT`.

Prints `listening PORT`, then for each tunnel the request's first line and its proxy-authorization.
"""
import socket
import sys
import threading


def pump(source, drain):
    try:
        while piece := source.recv(65536):
            drain.sendall(piece)
    except OSError:
        pass
    for end in (source, drain):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(65536)
        if not piece:
            return
        head += piece
    first, *fields = head.decode("latin-1").split("\r\n")
    said = [field.split(": ", 1)[1] for field in fields if field.lower().startswith("proxy-authorization:")]
    print(first, *said, flush=True)
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server)


listener = socket.create_server(("127.0.0.1", 0))
print("listening", listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
