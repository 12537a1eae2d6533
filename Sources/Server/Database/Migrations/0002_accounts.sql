-- Accounts: what Bay keeps of a user beside the row that other programs know, and which tokens are worthless.

CREATE TABLE account (
    user_id text PRIMARY KEY REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    avatar text,
    -- A token bears the generation in which it was made, and is worthless in the next.
    generation integer NOT NULL DEFAULT 0,
    -- When the last generation began, for tokens of other programs, which bear none.
    cut_at timestamp(3)
);

-- Tokens that were signed out one by one, kept until they would have ended anyway.
CREATE TABLE ended_session (
    id text PRIMARY KEY,
    expires_at timestamp(3) NOT NULL
);
CREATE INDEX ended_session_expires_at ON ended_session (expires_at);

-- People are found by their address without regard to case. Not unique, because rows that other programs wrote may differ
-- in case alone; who adds one here looks first, under a lock.
CREATE INDEX "User_email_lower" ON "User" (lower("email"));

-- Begins a new generation of a user's tokens.
CREATE FUNCTION cut_sessions(cut_user_id text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO account (user_id, generation, cut_at)
    VALUES (cut_user_id, 1, timezone('UTC', clock_timestamp()))
    ON CONFLICT (user_id) DO UPDATE SET generation = account.generation + 1, cut_at = excluded.cut_at
$$;

-- A new password, another role and a deletion end all sessions, whichever program makes the change.
CREATE FUNCTION cut_sessions_of_changed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM cut_sessions(NEW."id");
    RETURN NULL;
END
$$;

CREATE TRIGGER cut_sessions AFTER UPDATE ON "User" FOR EACH ROW
WHEN (OLD."password" <> NEW."password" OR OLD."role" <> NEW."role" OR OLD."deleted" <> NEW."deleted")
EXECUTE FUNCTION cut_sessions_of_changed_user();
