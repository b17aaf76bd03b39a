//! Reading the configuration from its sources.

use std::path::{Path, PathBuf};

use figment::providers::{Env, Format, Serialized, Toml};
use figment::{Figment, Metadata};
use serde_json::Value as Json;

use super::{Config, Mistake};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Default,
    /// A file.
    File(String),
    /// An environment variable.
    Variable(String),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(path),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One effective value.
#[derive(Clone, Debug)]
pub struct Value {
    /// `section.key`
    pub key: String,
    /// As TOML writes it.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
}

/// A configuration that has been checked.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Every value with its source, by section and key.
    pub values: Vec<Value>,
}

const PREFIX: &str = "APP_";

/// Reads and checks the configuration. `file` is what `--config` names.
///
/// # Errors
/// Every mistake that can be told at once.
pub fn load(folder: &Path, file: Option<&Path>) -> Result<Loaded, Vec<Mistake>> {
    if let Some(file) = file
        && !file.is_file()
    {
        return Err(vec![Mistake::new("--config", format!("{} is not a file", file.display()))]);
    }
    let environment =
        std::env::var("APP_ENVIRONMENT").unwrap_or_else(|_| "local".to_owned()).to_lowercase();
    let layers = [folder.join("base.toml"), folder.join(format!("{environment}.toml"))];
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    for file in layers.iter().map(PathBuf::as_path).filter(|path| path.is_file()).chain(file) {
        figment = figment.merge(Toml::file_exact(file));
    }
    figment = figment.merge(Env::prefixed(PREFIX).split("__"));
    read(&figment)
}

fn read(figment: &Figment) -> Result<Loaded, Vec<Mistake>> {
    let config: Config = figment
        .extract()
        .map_err(|errors| errors.into_iter().map(|error| mistake(&error)).collect::<Vec<_>>())?;
    let mistakes = config.mistakes();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut values = Vec::new();
    for (key, value) in leaves(&config) {
        let source = figment.find_metadata(&key).map_or(Source::Default, |m| source_of(m, &key));
        values.push(Value { value: in_toml(&value), key, source });
    }
    Ok(Loaded { config, values })
}

fn source_of(metadata: &Metadata, key: &str) -> Source {
    if metadata.name.contains("environment variable") {
        let name = key.replace('.', "__").to_uppercase();
        return Source::Variable(format!("{PREFIX}{name}"));
    }
    match metadata.source.as_ref().and_then(figment::Source::file_path) {
        Some(path) => Source::File(path.display().to_string()),
        None => Source::Default,
    }
}

fn in_toml(value: &Json) -> String {
    match value {
        Json::Null => "unset".to_owned(),
        other => other.to_string(),
    }
}

/// `section.key` of every value.
fn leaves(config: &Config) -> Vec<(String, Json)> {
    let Ok(Json::Object(sections)) = serde_json::to_value(config) else {
        return Vec::new();
    };
    let mut leaves = Vec::new();
    for (section, value) in sections {
        match value {
            Json::Object(keys) => leaves
                .extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value))),
            value => leaves.push((section, value)),
        }
    }
    leaves
}

fn mistake(error: &figment::Error) -> Mistake {
    use figment::error::Kind;
    let path = error.path.join(".");
    match &error.kind {
        Kind::UnknownField(unknown, known) => {
            let nearest = known
                .iter()
                .max_by(|a, b| {
                    let likeness = |name: &str| strsim::jaro_winkler(name, unknown);
                    likeness(a).total_cmp(&likeness(b))
                })
                .map(|nearest| format!("unknown key; the nearest known one is {nearest}"));
            let key = if path.is_empty() { unknown.clone() } else { format!("{path}.{unknown}") };
            Mistake::new(key, nearest.unwrap_or_else(|| "unknown key".to_owned()))
        }
        kind => Mistake::new(path, kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(text: &str) -> Result<Loaded, Vec<Mistake>> {
        read(&Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(text)))
    }

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        let mistakes = toml("[application]\nprot = 80").unwrap_err();
        assert_eq!(mistakes[0].reason, "unknown key; the nearest known one is port");
    }

    #[test]
    fn every_limit_holds_at_both_sides() {
        for (key, least, most) in [
            ("auth.access_token_ttl_s", 60u64, 3600),
            ("auth.refresh_token_ttl_s", 3600, 31_536_000),
            ("auth.jwks_cache_s", 60, 86_400),
            ("database.max_connections", 4, 1000),
            ("database.min_connections", 0, 1000),
            ("database.connect_timeout_s", 1, 300),
            ("database.idle_timeout_s", 1, 86_400),
            ("cache.pool_size", 1, 1000),
            ("mail.digest_s", 1, 604_800),
            ("log.epoch_max_events", 1, 10_000),
            ("log.epoch_max_seconds", 1, 10),
            ("storage.max_upload_size", 1_048_576, 83_886_080_000),
            ("limits.requests_per_second", 1, 1_000_000),
            ("limits.burst", 1, 1_000_000),
            ("limits.body_bytes", 65_536, 67_108_864),
        ] {
            let (section, name) = key.split_once('.').unwrap();
            let with = |value: u64| toml(&format!("[{section}]\n{name} = {value}"));
            assert!(with(least).is_ok() && with(most).is_ok(), "{key}");
            for outside in least.checked_sub(1).into_iter().chain([most + 1]) {
                assert_eq!(with(outside).unwrap_err()[0].key, key);
            }
        }
    }

    #[test]
    fn an_s3_server_needs_addresses_and_keys_and_https_for_browsers_in_production() {
        let keys = |text: &str| -> Vec<String> {
            let refused = toml(text).err().unwrap_or_default();
            refused.into_iter().map(|mistake| mistake.key).collect()
        };
        assert_eq!(keys("[storage]\ndefault_bucket = \"No\""), ["storage.default_bucket"]);
        let s3 = "[storage]\nbackend = \"s3\"\n";
        assert_eq!(keys(s3), ["storage.access_key_id", "storage.secret_access_key"]);
        let known = format!("{s3}access_key_id = \"a\"\nsecret_access_key = \"hunter2\"\n");
        assert_eq!(keys(&known), [""; 0]);
        let nowhere = format!("{known}endpoint = \"minio:9000\"\npublic_endpoint = \"x\"");
        assert_eq!(keys(&nowhere), ["storage.endpoint", "storage.public_endpoint"]);
        let production =
            "environment = \"production\"\n[application]\npublic_url = \"https://e.example\"\n";
        assert_eq!(keys(&format!("{production}{known}")), ["storage.public_endpoint"]);
        let https = format!("{production}{known}public_endpoint = \"https://s3.example\"");
        assert_eq!(keys(&https), [""; 0]);
        let loaded = toml(&known).unwrap();
        assert_eq!(loaded.config.storage.secret_access_key.expose(), "hunter2");
        assert!(!format!("{loaded:?}").contains("hunter2"), "a secret is never shown");
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named_with_what_would_be_right() {
        let with = |proxies: &str| toml(&format!("[application]\ntrusted_proxies = {proxies}"));
        let loaded = with(r#"["10.0.0.0/8", "fd00::1"]"#).unwrap();
        assert_eq!(loaded.config.application.trusted_proxies, ["10.0.0.0/8", "fd00::1"]);
        assert!(with("[]").is_ok());
        let refused = with(r#"["10.0.0.0/8", "10.0.0.0/33", "caddy"]"#).unwrap_err();
        assert!(refused.iter().all(|mistake| mistake.key == "application.trusted_proxies"));
        let reasons: Vec<_> = refused.into_iter().map(|mistake| mistake.reason).collect();
        let right = "must be an address or a network such as 10.0.0.0/8 or fd00::/8";
        assert_eq!(reasons, [format!("\"10.0.0.0/33\" {right}"), format!("\"caddy\" {right}")]);
    }

    #[test]
    fn an_authority_for_tls_needs_an_address_with_tls() {
        let with = |url: &str| {
            toml(&format!("[cache]\nca_file = \"ca.pem\"\nurl = \"{url}://localhost\""))
        };
        assert!(with("rediss").is_ok());
        assert_eq!(with("redis").unwrap_err()[0].key, "cache.ca_file");
    }

    #[test]
    fn a_copy_names_its_log_and_takes_part_in_the_network() {
        let keys = |text: &str| -> Vec<String> {
            let refused = toml(text).err().unwrap_or_default();
            refused.into_iter().map(|mistake| mistake.key).collect()
        };
        let key = erynoa_events::SigningKey::from_seed([7; 32]).public_key();
        let log = erynoa_events::verifier_key("home.example/log", &key);
        let witness = erynoa_events::witness_verifier_key("home.example/log", &key);
        let on = "[p2p]\nenabled = true\n";
        let follows = format!("{on}follow = \"{log}\"\n");
        assert_eq!(keys(&follows), [""; 0]);
        assert_eq!(keys(&format!("{follows}witness = true")), [""; 0]);
        assert_eq!(keys("[p2p]\nwitness = true"), ["p2p.witness"]);
        assert_eq!(keys(&format!("[p2p]\nfollow = \"{log}\"")), ["p2p.follow"]);
        assert_eq!(keys(&format!("{on}follow = \"{witness}\"")), ["p2p.follow"]);
        assert_eq!(keys(&format!("{on}follow = \"home.example/log\"")), ["p2p.follow"]);
        let other = format!("{follows}[log]\norigin = \"other.example/log\"");
        assert_eq!(keys(&other), ["log.origin"]);
        let same = format!("{follows}[log]\norigin = \"home.example/log\"");
        let config = toml(&same).unwrap().config;
        assert_eq!(config.p2p.followed().unwrap().key, key);
        let config = toml(&follows).unwrap().config.with_addresses(3000);
        assert_eq!(config.log.origin, "home.example/log", "not that of this server");
    }

    #[test]
    fn addresses_of_nodes_are_checked_by_their_form() {
        let refused = |key: &str, address: &str| -> Vec<String> {
            let text = format!("[p2p]\n{key} = [\"{address}\"]");
            let refused = toml(&text).err().unwrap_or_default();
            refused.into_iter().map(|mistake| mistake.key).collect()
        };
        let peer = "12D3KooWGjMvE5d1GB6m4WZJq3HSjxXzdWmGKkLq6XyMSuR4t4Sb";
        for good in [
            format!("/ip4/127.0.0.1/tcp/4001/p2p/{peer}"),
            format!("/ip6/::1/udp/4001/quic-v1/p2p/{peer}"),
            format!("/dns/node.example/tcp/4001/p2p/{peer}"),
        ] {
            assert_eq!(refused("bootstrap_peers", &good), [""; 0], "{good}");
        }
        for bad in [
            String::new(),
            peer.to_owned(),
            format!("/p2p/{peer}"),
            format!("ip4/127.0.0.1/tcp/4001/p2p/{peer}"),
            "/ip4/127.0.0.1/tcp/4001".to_owned(),
            format!("/ip4/127.0.0.1/tcp/4001/p2p/{}", &peer[1..]),
            format!("/ip4/127.0.0.1/tcp/4001/p2p/{}0", &peer[..51]),
        ] {
            assert_eq!(refused("bootstrap_peers", &bad), ["p2p.bootstrap_peers"], "{bad}");
        }
        for key in ["listen_addresses", "external_addresses"] {
            for good in ["/ip4/0.0.0.0/tcp/4001", "/ip6/::/udp/0/quic-v1"] {
                assert_eq!(refused(key, good), [""; 0], "{good}");
            }
            for bad in ["", "0.0.0.0:4001", "/ip4/0.0.0.0", "/ip4/0.0.0.0/tcp/65536"] {
                assert_eq!(refused(key, bad), [format!("p2p.{key}")], "{bad}");
            }
        }
        let same = "[p2p]\nenabled = true\nport = 3000";
        assert_eq!(toml(same).unwrap_err()[0].key, "p2p.port");
        assert!(toml("[p2p]\nenabled = true\nport = 0").is_ok());
    }

    #[test]
    fn the_least_trust_of_a_node_is_a_share() {
        let with = |value: &str| toml(&format!("[p2p]\nmin_incoming_trust = {value}"));
        for (good, ppm) in [("0.0", 0), ("0.1", 100_000), ("1.0", 1_000_000), ("1", 1_000_000)] {
            assert_eq!(with(good).unwrap().config.p2p.min_incoming_trust.ppm, ppm);
        }
        for bad in ["-0.1", "1.1", "nan", "inf"] {
            assert_eq!(with(bad).unwrap_err()[0].key, "p2p.min_incoming_trust", "{bad}");
        }
    }

    #[test]
    fn production_refuses_plain_http_and_wildcards() {
        let refused = |url: &str| {
            toml(&format!("environment = \"production\"\n[application]\npublic_url = \"{url}\""))
                .is_err()
        };
        assert!(refused("http://erynoa.example"));
        assert!(refused("https://*.example"));
        assert!(refused(""));
        assert!(!refused("https://erynoa.example"));
    }

    #[test]
    fn an_identity_provider_needs_https_in_production_and_a_client_for_each_app() {
        let keys = |text: &str| -> Vec<String> {
            let refused = toml(text).err().unwrap_or_default();
            refused.into_iter().map(|mistake| mistake.key).collect()
        };
        let oidc = "[auth]\nmode = \"oidc\"\nclient_id = \"c\"\n";
        assert_eq!(keys(oidc), [""; 0], "one's own machine may do without TLS");
        assert_eq!(keys(&format!("{oidc}issuer = \"ftp://x\"")), ["auth.issuer"]);
        let none = "[auth]\nmode = \"oidc\"\nconsole_client_id = \"c\"\n";
        assert_eq!(keys(none), ["auth.platform_client_id", "auth.docs_client_id"]);
        let production =
            "environment = \"production\"\n[application]\npublic_url = \"https://e.example\"\n";
        assert_eq!(keys(&format!("{production}{oidc}")), ["auth.issuer"]);
        let https = format!("{production}{oidc}issuer = \"https://id.example\"\n");
        assert_eq!(keys(&https), [""; 0]);
        assert_eq!(keys(&format!("{https}internal_issuer = \"http://id:8080\"")), [""; 0]);
    }

    #[test]
    fn registration_is_open_except_in_production() {
        let open = |text: &str| toml(text).unwrap().config.registration_is_open();
        assert!(open(""));
        let production =
            "environment = \"production\"\n[application]\npublic_url = \"https://e.example\"";
        assert!(!open(production));
        assert!(open(&format!("{production}\n[features]\nregistration = true")));
    }

    #[test]
    fn every_value_knows_its_source() {
        let loaded = toml("[log]\nepoch_max_seconds = 3").unwrap();
        let source =
            |key: &str| loaded.values.iter().find(|value| value.key == key).unwrap().source.clone();
        assert_eq!(source("application.port"), Source::Default);
    }
}
