"""The database numbers, chains and writes audit entries itself, in one statement.

Whoever has taken the trail's lock then waits for nobody: the next number, the hash of the entry
before, the new hashes and the rows are all found and written where the lock is held.

The text that a hash is over is that of `reports.trail.chain.entry_hash`, byte for byte:
`to_json` escapes what Python's `json` escapes. The lock is any constant that nothing else in the
database uses.
"""

from django.db import migrations

APPEND = """
CREATE FUNCTION reports_audit_append(drafts json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    draft record;
    number bigint;
    previous text;
    over text;
    own text;
BEGIN
    PERFORM pg_advisory_xact_lock(8097879414873325569);
    -- A statement of its own, so that it sees what the lock's last holder has committed.
    SELECT sequence, hash INTO number, previous
        FROM reports_auditentry ORDER BY sequence DESC LIMIT 1;
    IF NOT FOUND THEN
        number := 0;
        previous := repeat('0', 64);
    END IF;
    FOR draft IN
        SELECT * FROM ROWS FROM (
            json_to_recordset(drafts) AS (
                actor bigint, actor_name text, verb text, object_type text, object_id text,
                payload text, at timestamptz
            )
        ) WITH ORDINALITY ORDER BY ordinality
    LOOP
        number := number + 1;
        over := encode(sha256(convert_to(draft.payload, 'UTF8')), 'hex');
        own := encode(sha256(convert_to(
            '{"actor":' || coalesce(draft.actor::text, 'null')
            || ',"actor_name":' || to_json(draft.actor_name)
            || ',"at":"' || to_char(
                draft.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'
            )
            || '","object_id":' || to_json(draft.object_id)
            || ',"object_type":' || to_json(draft.object_type)
            || ',"payload_digest":"' || over
            || '","previous_hash":"' || previous
            || '","sequence":' || number
            || ',"verb":' || to_json(draft.verb) || '}',
            'UTF8'
        )), 'hex');
        INSERT INTO reports_auditentry (
            sequence, actor, actor_name, verb, object_type, object_id, payload, payload_digest,
            previous_hash, hash, at
        ) VALUES (
            number, draft.actor, draft.actor_name, draft.verb, draft.object_type, draft.object_id,
            draft.payload, over, previous, own, draft.at
        );
        previous := own;
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0034_next_within_a_filter")]

    operations = [
        migrations.RunSQL(APPEND, "DROP FUNCTION reports_audit_append(json)"),
    ]
