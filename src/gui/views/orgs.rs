//! The orgs: cards with what is known of each, and the form to add one.

use super::heading_ui;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft, OrgDraft, SignInKind};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, Tokens, icon, tokens};
use crate::secret::Secret;
use crate::workspace::{AuthKind, NewOrg, OrgCard, SignIn};
use egui::{Align, Layout, RichText, TextEdit, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    heading_ui(ui, "Orgs", |ui| {
        let add =
            Press::new("Add an org…").icon(icon::PLUS).why_not(draft.org.open.then_some("The form is open below"));
        if add.ui(ui).clicked() {
            draft.org.open = true;
        }
    });
    if draft.org.open {
        form_ui(ui, state, &mut draft.org, out);
        ui.add_space(16.0);
    }
    match state.orgs.as_deref() {
        None => parts::waiting_ui(ui, "Reading the project", 4),
        Some(orgs) => {
            for org in orgs {
                ui.push_id(&org.alias, |ui| card_ui(ui, state, draft, out, org));
                ui.add_space(4.0);
            }
        }
    }
}

fn card_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, org: &OrgCard) {
    let tokens = tokens(ui);
    parts::card_ui(ui, |ui| {
        ui.horizontal(|ui| {
            let meaning = Tokens::environment(org.environment);
            let tint = tokens.tint(meaning);
            ui.label(RichText::new(parts::org_mark(org.environment)).size(18.0).color(tint.strong));
            ui.label(theme::title(format::middle(&title(org), 40)).size(15.0).color(tokens.strong));
            // The practice org is called what it is.
            if org.auth != AuthKind::Practice {
                let kind = org.environment.map_or("Not reached yet", |environment| environment.label());
                parts::pill_ui(ui, meaning, "", kind);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if org.auth != AuthKind::Practice {
                    let name = format!("Remove {}", org.alias);
                    if Press::icon_only(icon::TRASH_2, &name).ui(ui).clicked() {
                        let what = Decision::RemoveOrg(org.alias.clone());
                        draft.confirm = Some(Confirm { what, typed: String::new() });
                    }
                }
                let busy = state.working.values().any(|words| *words == format!("Reaching {}", org.alias));
                let name = format!("Test {}", org.alias);
                let test = Press::new(if busy { "Reaching…" } else { "Test" }).name(&name).icon(icon::REFRESH_CW);
                if test.enabled(!busy).ui(ui).clicked() {
                    out.push(Command::TestOrg(org.alias.clone()));
                }
            });
        });
        if let Some(problem) = &org.problem {
            parts::note_ui(ui, Meaning::Bad, problem);
        }
        ui.add_space(2.0);
        egui::Grid::new("facts").num_columns(4).spacing([24.0, 4.0]).show(ui, |ui| {
            fact_ui(ui, "Acts as", if org.username.is_empty() { "–" } else { &org.username });
            fact_ui(ui, "Signs in with", sign_in_label(org.auth));
            ui.end_row();
            let address = match org.auth {
                AuthKind::Practice => "on this computer, with invented data".to_owned(),
                _ => org.url.clone(),
            };
            fact_ui(ui, "Address", &address);
            fact_ui(ui, "API version", if org.api_version.is_empty() { "–" } else { &org.api_version });
            ui.end_row();
            fact_ui(ui, "Org id", if org.org_id.is_empty() { "–" } else { &org.org_id });
            match org.seen_at {
                Some(at) => fact_ui(ui, "Last reached", &format::ago(at, state.now)),
                None => fact_ui(ui, "Last reached", "never"),
            }
            ui.end_row();
        });
        if let Some((used, allowed)) = org.api_usage {
            ui.add_space(2.0);
            ui.horizontal(|ui| parts::gauge_ui(ui, used, allowed, 160.0));
        }
    });
}

fn title(org: &OrgCard) -> String {
    match org.auth {
        AuthKind::Practice => "Practice org".to_owned(),
        _ if org.name.is_empty() || org.name == org.alias => org.alias.clone(),
        _ => format!("{} ({})", org.alias, org.name),
    }
}

fn fact_ui(ui: &mut Ui, name: &str, value: &str) {
    let tokens = tokens(ui);
    ui.label(theme::small(name).color(tokens.quiet));
    let shown = format::middle(value, 52);
    let label = ui.add(egui::Label::new(theme::small(&shown).color(tokens.text)).selectable(true));
    if shown != value {
        label.on_hover_text(value);
    }
}

fn sign_in_label(auth: AuthKind) -> &'static str {
    match auth {
        AuthKind::Practice => "nothing: it runs inside Linkspan",
        AuthKind::Token => "a pasted token",
        AuthKind::Jwt => "JWT bearer",
        AuthKind::ClientCredentials => "client credentials",
    }
}

fn form_ui(ui: &mut Ui, state: &State, form: &mut OrgDraft, out: &mut Outbox) {
    parts::card_ui(ui, |ui| {
        parts::section_ui(ui, "Add an org", |ui| {
            if Press::icon_only(icon::X, "Close the form").ui(ui).clicked() {
                *form = OrgDraft::default();
            }
        });
        ui.label(theme::small("How will Linkspan sign in?").color(tokens(ui).quiet));
        ui.horizontal(|ui| {
            let kinds = [
                (SignInKind::Token, icon::CLIPBOARD_PASTE, "A token"),
                (SignInKind::ClientCredentials, icon::KEY_ROUND, "Client credentials"),
                (SignInKind::Jwt, icon::FINGERPRINT, "JWT bearer"),
            ];
            for (kind, icon, name) in kinds {
                if Press::new(name).icon(icon).chosen(form.kind == kind).ui(ui).clicked() {
                    form.kind = kind;
                }
            }
        });
        let when = match form.kind {
            SignInKind::Token => "For a quick look: paste a session id or access token. It ends with the session.",
            SignInKind::ClientCredentials => {
                "For integrations that act as one fixed user, set as \"Run as\" in the external client app."
            }
            SignInKind::Jwt => {
                "For integrations without a password: a private key here, its certificate in the external client app."
            }
        };
        parts::note_ui(ui, Meaning::Plain, when);
        ui.add_space(4.0);
        ui.columns(2, |columns| {
            parts::text_ui(&mut columns[0], "Name", "acme-sandbox", &mut form.alias);
            parts::text_ui(&mut columns[1], "Address", "https://acme.my.salesforce.com", &mut form.url);
        });
        match form.kind {
            SignInKind::Token => {
                parts::secret_ui(ui, "Session id or access token", "00D…!AQ…", &mut form.token);
            }
            SignInKind::ClientCredentials => ui.columns(2, |columns| {
                parts::text_ui(&mut columns[0], "Consumer key", "3MVG9…", &mut form.client_id);
                parts::secret_ui(&mut columns[1], "Consumer secret", "", &mut form.client_secret);
            }),
            SignInKind::Jwt => {
                ui.columns(2, |columns| {
                    parts::text_ui(&mut columns[0], "Consumer key", "3MVG9…", &mut form.client_id);
                    parts::text_ui(&mut columns[1], "Username", "integration@acme.example", &mut form.username);
                });
                let label = ui.label(theme::small("Private key (PEM)").color(tokens(ui).quiet));
                let key = TextEdit::multiline(&mut form.key).desired_rows(4).desired_width(f32::INFINITY);
                ui.add(key.hint_text("-----BEGIN PRIVATE KEY-----").font(egui::TextStyle::Monospace))
                    .labelled_by(label.id);
            }
        }
        if let Some(Err(error)) = &state.org_added {
            ui.add_space(4.0);
            parts::error_ui(ui, error, out, |_| {});
        }
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let why_not = if form.sent { Some("It is being reached") } else { missing(form) };
            let label = if form.sent { "Reaching it…" } else { "Add and test" };
            if Press::new(label).primary().why_not(why_not).ui(ui).clicked() {
                form.sent = true;
                out.push(Command::AddOrg(new_org(form)));
            }
            if let Some(why_not) = why_not {
                ui.label(theme::small(why_not).color(tokens(ui).quiet));
            }
        });
    });
}

fn missing(form: &OrgDraft) -> Option<&'static str> {
    let blank = |text: &str| text.trim().is_empty();
    match form.kind {
        _ if blank(&form.alias) => Some("Give it a name"),
        _ if blank(&form.url) => Some("Say its address"),
        SignInKind::Token if blank(&form.token) => Some("Paste a token"),
        SignInKind::ClientCredentials | SignInKind::Jwt if blank(&form.client_id) => Some("Say the consumer key"),
        SignInKind::ClientCredentials if blank(&form.client_secret) => Some("Say the consumer secret"),
        SignInKind::Jwt if blank(&form.username) => Some("Say whom to act as"),
        SignInKind::Jwt if blank(&form.key) => Some("Paste the private key"),
        _ => None,
    }
}

fn new_org(form: &OrgDraft) -> NewOrg {
    let sign_in = match form.kind {
        SignInKind::Token => SignIn::Token(Secret::new(form.token.trim())),
        SignInKind::ClientCredentials => SignIn::ClientCredentials {
            client_id: form.client_id.trim().to_owned(),
            client_secret: Secret::new(form.client_secret.trim()),
        },
        SignInKind::Jwt => SignIn::Jwt {
            client_id: form.client_id.trim().to_owned(),
            username: form.username.trim().to_owned(),
            key: Secret::new(form.key.trim()),
        },
    };
    NewOrg { alias: form.alias.trim().to_owned(), url: form.url.trim().to_owned(), sign_in }
}
