"""HTTP/1.1 for small requests and small answers, on httptools (llhttp, Node's parser).

A general ASGI server spends on each request twice what all of the model server does with it: it streams bodies in both
directions, which predictions do not need. Here a request is handed to the application when it has come whole, and its
response is written in one piece. What is parsed, and what counts as malformed, is llhttp's affair.

    limits.py       what one caller may cost
    request.py      a request that has come, and its response: the application's `receive` and `send`
    connection.py   one connection: reading, answering in order, keeping alive, closing
    replay.py       requests that offer to change the protocol, which is declined by reading them without the offer
    responses.py    heads of responses, and the answers to what no application sees
"""
