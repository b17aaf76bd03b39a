//! The laws of the workflow engine on a real Restate server, and what it is
//! chosen for: `kill -9` of the engine or of the service loses nothing.

mod crash;
mod server;

use server::host;

erynoa_workflows::workflow_engine_contract!(host());
