//! What is generated from the code and committed is what the code generates.

use std::path::Path;

use erynoa_api_gateway::config::Config;
use erynoa_api_gateway::openapi;

fn committed(name: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_openapi_is_that_of_the_handlers() {
    let generated = serde_json::to_value(openapi()).unwrap();
    assert_eq!(committed("openapi.json"), generated, "run `make docs`");
}

#[test]
fn the_committed_schema_is_that_of_the_configuration() {
    assert_eq!(committed("config.schema.json"), Config::schema(), "run `make docs`");
}
