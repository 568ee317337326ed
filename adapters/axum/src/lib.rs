//! The axum enforcement point: handlers mounted at the document's own templates, each behind its own guard.
