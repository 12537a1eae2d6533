-- Servers remember for a moment whom a token stands for. Whatever may make a token worthless is told to all of them, by
-- whichever program it is done.

CREATE FUNCTION notify_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The same news twice in one transaction is sent once.
    PERFORM pg_notify('bay_account', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_accounts AFTER UPDATE OR DELETE OR TRUNCATE ON "User"
FOR EACH STATEMENT EXECUTE FUNCTION notify_accounts();

CREATE TRIGGER notify_accounts AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON account
FOR EACH STATEMENT EXECUTE FUNCTION notify_accounts();

CREATE TRIGGER notify_accounts AFTER INSERT OR UPDATE ON ended_session
FOR EACH STATEMENT EXECUTE FUNCTION notify_accounts();
