//! Handlers of a service whose document does not have all of them yet.

use policy::operations::ListFiles;
use policy::scopes::{FilesRead, ReportsRead};

#[operation(ListFiles)]
async fn list_files(permit: Permit<ListFiles>) {
    of(&permit);
}

#[operation(ListReports, scopes("reports:read"))]
async fn list_reports(permit: Permit<ListReports>) {
    of(&permit);
}

fn of(_: &(impl Carries<FilesRead> + Carries<ReportsRead>)) {}
