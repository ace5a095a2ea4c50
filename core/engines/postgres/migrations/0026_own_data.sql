-- A rider's own export finds what the rider sent, and what modules of his bikes sent.
create index on ledger_tracks (sender, received_at);
create index on clock_decisions (sender);
