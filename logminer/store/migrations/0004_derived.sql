-- What was derived from what is stored, so that it need not be derived again: bytes that hold for one digest alone.
CREATE TABLE derived (
    name VARCHAR NOT NULL,          -- what it is: history, curves
    digest VARCHAR NOT NULL,        -- of all that it rests on, this program included
    data BLOB NOT NULL,
    made_at TIMESTAMP NOT NULL
);
