"""An object store in this process that speaks as much of S3 as pyarrow's client asks: the edge of the network in tests.

It keeps objects in a dict, refuses as S3 does (`deny`, `full`, an unknown bucket or key id), and counts its requests.
"""

import re
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

ACCESS_KEY, SECRET_KEY = "stand-in", "stand-in-secret"
TIME = "2026-01-01T00:00:00.000Z"


class StandIn:
    """Objects by `bucket` and key; what is set here changes how requests are answered from then on."""

    def __init__(self, *buckets):
        self.buckets = {name: {} for name in buckets}
        self.uploads = {}
        self.requests = []
        self.deny = set()
        """Methods that are answered with AccessDenied, such as {"PUT", "POST"}."""
        self.broken = False
        """Whether every request is answered with 503."""
        self.on_request = lambda method, bucket, key: None
        self.lock = threading.RLock()
        self.endpoint = ""

    def keys(self, bucket):
        return sorted(self.buckets[bucket])


@contextmanager
def standing_in(*buckets):
    """A running stand-in with these buckets."""
    store = StandIn(*buckets)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"store": store}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    store.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer in two packets waits 40 ms for the first to be acknowledged
    store: StandIn

    def log_message(self, *_):
        pass

    def handle_expect_100(self):
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def _handle(self):
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" in (self.headers.get("Content-Encoding") or ""):
            body = _unchunked(body)
        self.store.requests.append((self.command, bucket, key, query))
        self.store.on_request(self.command, bucket, key)
        refused = self._refused(bucket)
        if refused:
            self._fail(*refused)
        else:
            with self.store.lock:
                getattr(self, f"_{self.command.lower()}")(self.store.buckets[bucket], bucket, key, query, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle

    def _refused(self, bucket):
        credential = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization") or "")
        if self.store.broken:
            return 503, "SlowDown", "Please reduce your request rate."
        if credential and credential[1] != ACCESS_KEY:
            return 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
        if self.command in self.store.deny:
            return 403, "AccessDenied", "Access Denied."
        if bucket not in self.store.buckets:
            return 404, "NoSuchBucket", "The specified bucket does not exist"
        return None

    def _get(self, objects, bucket, key, query, _):
        if not key:
            self._list(objects, bucket, query)
        elif key not in objects:
            self._fail(404, "NoSuchKey", "The specified key does not exist.")
        else:
            self._send_object(objects[key])

    def _head(self, objects, bucket, key, query, _):
        if not key:
            self._answer(200)
        elif key in objects:
            self._answer(200, length=len(objects[key]))
        else:
            self._answer(404)

    def _put(self, objects, bucket, key, query, body):
        if not key:
            self._answer(200)
        elif "uploadId" in query:
            self.store.uploads[query["uploadId"]][int(query["partNumber"])] = body
            self._answer(200, etag=True)
        else:
            objects[key] = body
            self._answer(200, etag=True)

    def _post(self, objects, bucket, key, query, body):
        if "delete" in query:
            for name in re.findall(r"<Key>(.*?)</Key>", body.decode()):
                objects.pop(unescape(name), None)
            self._xml("<DeleteResult></DeleteResult>")
        elif "uploads" in query:
            upload = uuid.uuid4().hex
            self.store.uploads[upload] = {}
            self._xml(
                f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
                f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            )
        else:
            parts = self.store.uploads.pop(query["uploadId"])
            objects[key] = b"".join(parts[number] for number in sorted(parts))
            self._xml(
                f'<CompleteMultipartUploadResult><Key>{escape(key)}</Key><ETag>"0"</ETag></CompleteMultipartUploadResult>'
            )

    def _delete(self, objects, bucket, key, query, _):
        if "uploadId" in query:
            self.store.uploads.pop(query["uploadId"], None)
        else:
            objects.pop(key, None)
        self._answer(204)

    def _list(self, objects, bucket, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        names, folders = [], []
        for name in sorted(objects):
            if name.startswith(prefix):
                head, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
                if cut:
                    folders.append(prefix + head + cut)
                else:
                    names.append(name)
        limit = int(query.get("max-keys") or 1000)
        contents = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(objects[name])}</Size>"
            f"<LastModified>{TIME}</LastModified></Contents>"
            for name in names[:limit]
        )
        contents += "".join(
            f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in dict.fromkeys(folders)
        )
        self._xml(
            f"<ListBucketResult><Name>{bucket}</Name><KeyCount>{len(names) + len(folders)}</KeyCount>"
            f"<IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        )

    def _send_object(self, content):
        wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if wanted:
            start, end = int(wanted[1]), int(wanted[2] or len(content) - 1)
            self._answer(206, content[start : end + 1], etag=True)
        else:
            self._answer(200, content, etag=True)

    def _xml(self, text):
        self._answer(200, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), kind="application/xml")

    def _fail(self, status, code, message):
        text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
        self._answer(status, text.encode(), kind="application/xml")

    def _answer(self, status, body=b"", kind="binary/octet-stream", etag=False, length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        if etag:
            self.send_header("ETag", '"0"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _unchunked(body):
    """The content of a body in AWS's signed chunks."""
    content = b""
    while body:
        head, _, body = body.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        content, body = content + body[:size], body[size + 2 :]
        if not size:
            break
    return content
