//! `admin copy`: the server's program moves an installation, because it knows
//! every store and the configuration.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::arguments::CopyArguments;
use crate::error::CliError;
use crate::output::Output;

const GATEWAY: &str = "erynoa-gateway";
/// Names the server's program where it lies elsewhere.
const VARIABLE: &str = "ERYNOA_GATEWAY";

/// The server's program: as the environment says, or beside this one, or in the
/// search path.
fn gateway() -> PathBuf {
    let beside = || {
        let path = env::current_exe().ok()?.with_file_name(GATEWAY);
        path.is_file().then_some(path)
    };
    env::var_os(VARIABLE).map(PathBuf::from).or_else(beside).unwrap_or_else(|| GATEWAY.into())
}

/// Becomes the server's program; returns only when that cannot be.
pub(crate) fn run(output: Output, arguments: &CopyArguments) -> Result<(), CliError> {
    let program = gateway();
    let mut command = Command::new(&program);
    if let Some(config) = &arguments.config {
        command.arg("--config").arg(config);
    }
    command.arg("copy");
    let options = [
        ("--from", &arguments.from),
        ("--to", &arguments.to),
        ("--files-from", &arguments.files_from),
        ("--files-to", &arguments.files_to),
    ];
    for (option, value) in options {
        if let Some(value) = value {
            command.args([option, value]);
        }
    }
    if output.is_json() {
        command.arg("--json");
    }
    let error = command.exec();
    Err(CliError::Local(format!(
        "{}: {error}; the server's program moves the data: put {GATEWAY} beside erynoa, or name \
         it in {VARIABLE}",
        program.display()
    )))
}
