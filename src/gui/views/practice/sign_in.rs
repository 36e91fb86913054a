//! How other programs sign in: each detail with a button that copies it, and lines for common tools.

use super::{copy_ui, scrolled_ui};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::practice::PracticeAsk;
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::PracticeSignIn;
use egui::{Align, Label, Layout, Margin, Ui};

/// A detail: its name, its value, and whether it is hidden at first.
struct Detail<'a> {
    name: &'static str,
    value: &'a str,
    secret: bool,
}

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let facts = &state.practice;
    scrolled_ui(ui, "sign-in", |ui| match &facts.sign_in {
        None => {
            out.push(Command::Practice(PracticeAsk::SignIn));
            parts::waiting_ui(ui, "Asking for the sign-in details", 6);
        }
        Some(Fact::Waiting) => parts::waiting_ui(ui, "Asking for the sign-in details", 6),
        Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
        Some(Fact::Here(told)) => details_ui(ui, state, draft, out, &told.clone()),
    });
}

fn details_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, told: &PracticeSignIn) {
    let expired = state.practice.status.iter().flat_map(|status| &status.faults).any(|fault| {
        ["expire_tokens", "expire_after"].contains(&fault.name.as_str()) && fault.hits + u64::from(fault.over) > 0
    });
    if expired {
        let text = "Sessions were made to expire: this access token may have ended. Sign in in another way, or start Linkspan again.";
        parts::note_ui(ui, Meaning::Attention, text);
        ui.add_space(4.0);
    }
    card_ui(ui, |ui| {
        let plain = |name, value| Detail { name, value, secret: false };
        let secret = |name, value| Detail { name, value, secret: true };
        for (index, detail) in [
            plain("Address", &told.url),
            secret("Access token", told.access_token.expose()),
            plain("User name", &told.username),
            secret("Password", told.password.expose()),
            plain("Consumer key", &told.client_id),
            secret("Consumer secret", told.client_secret.expose()),
            secret("Refresh token", told.refresh_token.expose()),
            plain("Org id", &told.org_id),
            plain("User id", &told.user_id),
            plain("API version", &told.api_version),
        ]
        .iter()
        .enumerate()
        {
            if index > 0 {
                ui.separator();
            }
            detail_ui(ui, state, draft, out, detail);
        }
        ui.separator();
        key_ui(ui, state, draft, out);
    });
    ui.add_space(10.0);
    ui.label(theme::medium("For other tools").size(theme::SMALL).color(tokens(ui).quiet));
    card_ui(ui, |ui| {
        for (index, (name, shown, text)) in tools(told).into_iter().enumerate() {
            if index > 0 {
                ui.separator();
            }
            ui.horizontal(|ui| {
                ui.label(theme::small(name).color(tokens(ui).quiet));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    copy_ui(ui, state, draft, out, &format!("the lines for {name}"), &text);
                });
            });
            parts::well(ui).inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.add(Label::new(theme::mono(shown).size(11.5).color(tokens(ui).text)).wrap());
            });
        }
    });
    ui.add_space(6.0);
    let text =
        "The secrets are this org's own and open nothing else. The lines are copied with the access token in them.";
    ui.add(Label::new(theme::small(text).color(tokens(ui).quiet)).wrap());
}

fn card_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    parts::card(ui).inner_margin(Margin::symmetric(14, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        contents(ui);
    });
}

fn detail_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, detail: &Detail<'_>) {
    let revealed = draft.practice.revealed.contains(detail.name);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.allocate_ui_with_layout(egui::vec2(110.0, 24.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(110.0);
            ui.label(theme::small(detail.name).color(tokens(ui).quiet));
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            copy_ui(ui, state, draft, out, detail.name, detail.value);
            if detail.secret {
                let verb = if revealed { "Hide" } else { "Show" };
                let name = format!("{verb} {}", detail.name);
                if Press::icon_only(icon::EYE, &name).low().chosen(revealed).ui(ui).clicked() {
                    let known = &mut draft.practice.revealed;
                    if !known.remove(detail.name) {
                        known.insert(detail.name);
                    }
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let hidden = detail.secret && !revealed;
                let most = (ui.available_width() / 7.6) as usize;
                let shown = if hidden { "•".repeat(12) } else { format::middle(detail.value, most) };
                let said = if hidden { format!("{}: hidden", detail.name) } else { detail.value.to_owned() };
                let label = ui.add(Label::new(theme::mono(&shown).color(tokens(ui).text)));
                label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));
                if !hidden && shown != detail.value {
                    label.on_hover_text(detail.value);
                }
            });
        });
    });
}

fn key_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    match &state.practice.key_file {
        Some(Fact::Here(path)) => {
            let value = path.display().to_string();
            let detail = Detail { name: "Private key", value: &value, secret: false };
            detail_ui(ui, state, draft, out, &detail);
        }
        known => {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.allocate_ui_with_layout(egui::vec2(110.0, 24.0), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(110.0);
                    ui.label(theme::small("Private key").color(tokens(ui).quiet));
                });
                let waits = matches!(known, Some(Fact::Waiting));
                let press = Press::new(if waits { "Making it…" } else { "Write a key file for JWT" }).low();
                if press.enabled(!waits).ui(ui).clicked() {
                    out.push(Command::Practice(PracticeAsk::KeyFile));
                }
            });
            if let Some(Fact::Failed(error)) = known {
                parts::error_ui(ui, error, out, |_| {});
            }
        }
    }
}

/// Name, lines as shown, lines as copied.
fn tools(told: &PracticeSignIn) -> [(&'static str, String, String); 4] {
    let url = &told.url;
    let with = |token: &str, kind: usize| match kind {
        0 => format!(
            "SF_ACCESS_TOKEN='{token}' sf org login access-token --instance-url {url} --alias practice --no-prompt"
        ),
        1 => format!("new jsforce.Connection({{ instanceUrl: '{url}', accessToken: '{token}' }})"),
        2 => format!("Salesforce(instance_url='{url}', session_id='{token}')"),
        _ => format!("export SALESFORCE_INSTANCE_URL='{url}'\nexport SALESFORCE_ACCESS_TOKEN='{token}'"),
    };
    let token = told.access_token.expose();
    let line = |name, kind| (name, with("…", kind), with(token, kind));
    [line("Salesforce CLI", 0), line("jsforce", 1), line("simple-salesforce", 2), line("Environment variables", 3)]
}
