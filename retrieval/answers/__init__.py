"""From a question to quotations: ranked, as long as they must be, compared and checked."""
