"""The metadata store as a gRPC service: the whole of `ml_metadata.MetadataStoreService`, for any of its clients.

::

    process.py      the event loop, signals, what is printed
     server.py      one server: everything below put together
      guarded.py      every method by its path; who may call it           access.py tls.py
      service.py      one call of ML Metadata's, from bytes to bytes      admission.py metrics.py
      storing.py      a writing call, stored once however often it comes  remembered.py repetition.py
      locks.py        `shipway.metadata.Lock`: callers that take turns    file_turn.py
      health.py       gRPC's health protocol, and whether the store answers
      engines.py      which engine processes a database gets
       lane.py          calls that wait, and the processes that take them
        worker.py         one engine process, seen from the server
          ------------------------------------------------------------ a socket, frames.py
        engine_process.py the process: frames in, frames out
         engine_handle.py   the engine: opened again when it was lost, asked again when it was busy
          requests.py         what the engine would do wrong, refused or put right before it sees it
          backslashes.py      the same for text that it would let out of its quotes in PostgreSQL

ML Metadata's engine keeps the interpreter to itself for as long as a call lasts, waits for the disk and the network
included, and ends the process over some faults of a connection. So it lives in processes of its own: the server goes
on answering meanwhile, and starts one anew that ended.
"""
