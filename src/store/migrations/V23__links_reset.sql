-- Two members of staff who take somebody's second factor away take the link to the identity service with it.

CREATE POLICY identity_links_reset ON identity_links FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}'))
        AND user_id IN (SELECT r.user_id FROM factor_resets r)) WITH CHECK (false);
CREATE POLICY identity_invites_reset ON identity_invites FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}'))
        AND user_id IN (SELECT r.user_id FROM factor_resets r)) WITH CHECK (false);
