-- What the server does by itself and what takes it long, and the errors that somebody has to look at.

-- How each schedule stands, for every bayd on this database. One of them runs it at a time, under an advisory lock.
CREATE TABLE job_schedule (
    id text PRIMARY KEY,
    next_due timestamp(3) NOT NULL,
    -- Somebody asked for a run now.
    is_wanted boolean NOT NULL DEFAULT false,
    -- Set while it runs. A bayd that dies leaves it set; the next run notes that.
    running_since timestamp(3),
    running_on text,
    last_started timestamp(3),
    last_ended timestamp(3),
    -- 'succeeded' or 'failed', and what was done or what went wrong.
    last_outcome text,
    last_message text,
    -- How many runs failed one after the other, up to the last.
    failures integer NOT NULL DEFAULT 0,
    runs bigint NOT NULL DEFAULT 0
);

-- Long operations. Whoever runs one renews its lease by the database's clock; an expired lease is taken over.
CREATE TABLE job (
    id text PRIMARY KEY,
    kind text NOT NULL,
    machine_id text NOT NULL,
    machine_name text NOT NULL,
    actor text NOT NULL,
    user_id text,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
    step text NOT NULL DEFAULT '',
    progress integer CHECK (progress BETWEEN 0 AND 100),
    message text,
    -- What a settler has to know. Holds no secret.
    detail jsonb NOT NULL DEFAULT '{}',
    -- The newest lines, each a time and a sentence.
    log text[] NOT NULL DEFAULT '{}',
    can_cancel boolean NOT NULL DEFAULT true,
    is_cancel_requested boolean NOT NULL DEFAULT false,
    -- Which bayd runs it.
    owner text NOT NULL,
    lease_until timestamp(3) NOT NULL,
    -- Since when somebody tries to find out how far a dead bayd came.
    settling_since timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT timezone('UTC', clock_timestamp()),
    started_at timestamp(3),
    finished_at timestamp(3),
    CHECK ((finished_at IS NULL) = (state IN ('queued', 'running')))
);
CREATE INDEX job_open ON job (lease_until) WHERE finished_at IS NULL;
CREATE INDEX job_created ON job (created_at DESC, id);
CREATE INDEX job_machine ON job (machine_id, created_at DESC);

CREATE TABLE "ErrorLog" (
    "id" text NOT NULL,
    "message" text NOT NULL,
    "stack" text,
    "code" text NOT NULL,
    "severity" text NOT NULL,
    "context" jsonb,
    "timestamp" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "resolved" boolean NOT NULL DEFAULT false,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "ErrorLog_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "ErrorLog_timestamp_idx" ON "ErrorLog" ("timestamp");
CREATE INDEX "ErrorLog_severity_timestamp_idx" ON "ErrorLog" ("severity", "timestamp");
CREATE INDEX "ErrorLog_code_timestamp_idx" ON "ErrorLog" ("code", "timestamp");
CREATE TRIGGER touch BEFORE UPDATE ON "ErrorLog" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- What Bay knows of an error beside the row that other programs know: how often it came, and who dealt with it.
CREATE TABLE error_state (
    error_id text PRIMARY KEY REFERENCES "ErrorLog" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    -- Errors of one print are one error that came again, as long as nobody has dealt with it.
    print text NOT NULL,
    count bigint NOT NULL DEFAULT 1,
    last_at timestamp(3) NOT NULL,
    resolved_at timestamp(3),
    resolved_by text
);
CREATE UNIQUE INDEX error_state_open ON error_state (print) WHERE resolved_at IS NULL;

-- Whichever program marks an error as dealt with: when it comes again, it is another one.
CREATE FUNCTION close_error_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE error_state SET resolved_at = timezone('UTC', now()) WHERE error_id = NEW."id" AND resolved_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER close_state AFTER UPDATE ON "ErrorLog" FOR EACH ROW
WHEN (NEW."resolved" AND NOT OLD."resolved") EXECUTE FUNCTION close_error_state();

-- Notes an error: as one that came again, where one of its print is open, else as a new one. Two bayd may do so at once.
CREATE FUNCTION note_error(
    new_id text, new_message text, new_code text, new_severity text, new_context jsonb, new_print text,
    new_count bigint, new_at timestamp(3), OUT noted_id text, OUT total bigint
) LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        UPDATE error_state SET count = count + new_count, last_at = greatest(last_at, new_at)
         WHERE print = new_print AND resolved_at IS NULL
        RETURNING error_id, count INTO noted_id, total;
        IF FOUND THEN
            RETURN;
        END IF;
        BEGIN
            INSERT INTO "ErrorLog" ("id", "message", "code", "severity", "context", "timestamp")
            VALUES (new_id, new_message, new_code, new_severity, new_context, new_at);
            INSERT INTO error_state (error_id, print, count, last_at)
            VALUES (new_id, new_print, new_count, new_at)
            RETURNING error_id, count INTO noted_id, total;
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            -- Another one was first, and what was inserted here is undone: it is there now.
        END;
    END LOOP;
END
$$;
