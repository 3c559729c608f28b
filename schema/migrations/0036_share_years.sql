-- What each body has of a joint action adds up by years: its parts in the action are then those that its summary tells, year by year. Shared
-- out of the totals they differed by a cent where two years each left one. Accounts are kept by the year, so that is what is shared out.

CREATE OR REPLACE FUNCTION action_shares(a action) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM action_share s WHERE s.action_id = a.id) THEN
        RETURN '[]';
    END IF;
    RETURN (
        WITH booked AS (
            SELECT m.kind, sum(m.value) AS value, row_number() OVER (ORDER BY m.kind, m.year) AS place
            FROM amount m WHERE m.action_id = a.id GROUP BY m.kind, m.year),
        parts AS (
            SELECT p.body_id, k.kind, sum(p.value) AS value
            FROM share_parts(a.id, (SELECT array_agg(value ORDER BY place) FROM booked)) p JOIN booked k USING (place) GROUP BY p.body_id, k.kind)
        SELECT jsonb_agg(jsonb_build_object('body', b.code, 'body_name', b.name, 'percent', (s.points / 100.0)::numeric(5, 2)::text,
                   'amounts', (SELECT money_view(
                       sum(p.value) FILTER (WHERE p.kind = 'requested'), sum(p.value) FILTER (WHERE p.kind = 'granted'),
                       sum(p.value) FILTER (WHERE p.kind = 'committed'), sum(p.value) FILTER (WHERE p.kind = 'advanced'),
                       sum(p.value) FILTER (WHERE p.kind = 'justified'), sum(p.value) FILTER (WHERE p.kind = 'paid'),
                       sum(p.value) FILTER (WHERE p.kind = 'returned')) FROM parts p WHERE p.body_id = s.body_id)) ORDER BY s.ordinal)
        FROM action_share s JOIN body b ON b.id = s.body_id WHERE s.action_id = a.id);
END $$;

-- A sum of a sort in an action has twelve digits; what all requests of a body come to has no such bound, and a summary must not fail for it.
CREATE OR REPLACE FUNCTION money_view(requested numeric, granted numeric, committed numeric, advanced numeric, justified numeric, paid numeric,
                                      returned numeric) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('requested', coalesce($1, 0)::numeric(20, 2)::text, 'granted', coalesce($2, 0)::numeric(20, 2)::text,
        'committed', coalesce($3, 0)::numeric(20, 2)::text, 'advanced', coalesce($4, 0)::numeric(20, 2)::text,
        'justified', coalesce($5, 0)::numeric(20, 2)::text, 'paid', coalesce($6, 0)::numeric(20, 2)::text,
        'returned', coalesce($7, 0)::numeric(20, 2)::text)
$$;
