//! Mail by SMTP, or into a folder where the console shows it.
