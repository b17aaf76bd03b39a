//! The laws of protocol §11, and K14, K22.

mod catalogues;
mod engine;
mod intents;
mod plans;
mod runs;
mod sagas;
mod simulation;
mod standard_goals;
mod world;
