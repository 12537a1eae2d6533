-- Servers keep the rows of some tables in memory. Whatever changes them tells so with its commit, by whichever program it is
-- done: the name of the table and the ids of the rows, as in `Machine:a,b`, or the name alone for any rows, when there are
-- more or fewer of them than before or when the ids would be too long for a notification.

CREATE FUNCTION notify_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('bay_rows', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE FUNCTION notify_updated_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text;
BEGIN
    -- Rows that changed their id are rows of which some are gone.
    IF EXISTS (SELECT 1 FROM after_update a WHERE NOT EXISTS (SELECT 1 FROM before_update b WHERE b.id = a.id)) THEN
        PERFORM pg_notify('bay_rows', TG_TABLE_NAME);
        RETURN NULL;
    END IF;
    SELECT string_agg(id, ',') INTO ids FROM after_update;
    IF ids IS NOT NULL THEN
        -- PostgreSQL takes 7999 bytes.
        PERFORM pg_notify('bay_rows', TG_TABLE_NAME || CASE WHEN octet_length(ids) < 7900 THEN ':' || ids ELSE '' END);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_rows AFTER INSERT OR DELETE OR TRUNCATE ON "Machine"
FOR EACH STATEMENT EXECUTE FUNCTION notify_rows();

CREATE TRIGGER notify_updated_rows AFTER UPDATE ON "Machine"
REFERENCING OLD TABLE AS before_update NEW TABLE AS after_update
FOR EACH STATEMENT EXECUTE FUNCTION notify_updated_rows();

-- There are few departments, and their order is that of their names.
CREATE TRIGGER notify_rows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "Department"
FOR EACH STATEMENT EXECUTE FUNCTION notify_rows();
