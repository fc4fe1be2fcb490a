"""What took effect is final for the database too: documents of change and their lines."""

from __future__ import annotations

from alembic import op

revision = "budget_0022"
down_revision = "budget_0020"
branch_labels = None
depends_on = None

# Only ``reversed`` may follow, by the document that takes it back; its revision counts on.
DOCUMENTS = """
CREATE FUNCTION budget.posted_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept budget.change_document;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IN ('posted', 'reversed') THEN
            RAISE EXCEPTION 'document % takes effect by a decision', NEW.document_id;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state NOT IN ('posted', 'reversed') THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        kept := NEW;
        kept.state := OLD.state;
        kept.revision := OLD.revision;
        IF kept IS NOT DISTINCT FROM OLD AND NEW.state IN (OLD.state, 'reversed') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'document % took effect and never changes', OLD.document_id;
END
$$;
CREATE TRIGGER posted_is_final BEFORE INSERT OR UPDATE OR DELETE ON budget.change_document
   FOR EACH ROW EXECUTE FUNCTION budget.posted_is_final();
"""
LINES = """
CREATE FUNCTION budget.line_of_posted_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM budget.change_document AS d
                WHERE d.document_id IN (NEW.document_id, OLD.document_id)
                  AND d.state IN ('posted', 'reversed')) THEN
        RAISE EXCEPTION 'the document of this line took effect and never changes';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER posted_is_final BEFORE INSERT OR UPDATE OR DELETE ON budget.change_line
   FOR EACH ROW EXECUTE FUNCTION budget.line_of_posted_is_final();
"""
BACK = """
DROP TRIGGER posted_is_final ON budget.change_line;
DROP TRIGGER posted_is_final ON budget.change_document;
DROP FUNCTION budget.line_of_posted_is_final();
DROP FUNCTION budget.posted_is_final();
"""


def upgrade() -> None:
    for part in (DOCUMENTS, LINES):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)
