{
  description = "Erynoa: what contributors need";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    rust-overlay = {
      url = "github:oxalica/rust-overlay";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      nixpkgs,
      rust-overlay,
      ...
    }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      each =
        make:
        nixpkgs.lib.genAttrs systems (
          system:
          make (
            import nixpkgs {
              inherit system;
              overlays = [ rust-overlay.overlays.default ];
            }
          )
        );
    in
    {
      devShells = each (pkgs: {
        default = pkgs.mkShell {
          packages = [
            # The toolchain that the repository asks for.
            (pkgs.rust-bin.fromRustupToolchainFile ./rust-toolchain.toml)
            pkgs.cargo-deny
            pkgs.cmake
            pkgs.nodejs_22
            pkgs.python3
            pkgs.jq
            pkgs.curl
            pkgs.openssl
            # Servers of `make services` and `make run-full`.
            pkgs.postgresql_17
            pkgs.redis
            pkgs.caddy
            # What the deployment files are checked with.
            pkgs.shellcheck
            pkgs.docker-compose
            pkgs.chromium
          ];
          ERYNOA_CHROMIUM = "${pkgs.chromium}/bin/chromium";
        };
      });

      formatter = each (pkgs: pkgs.nixfmt-rfc-style);
    };
}
