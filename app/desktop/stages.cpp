#include "app/desktop/stages.h"

#include "ui/pages/architecture/architecture_page.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/evaluation/evaluation_page.h"
#include "ui/pages/project/project_page.h"
#include "ui/pages/tokenizer/tokenizer_page.h"
#include "ui/pages/training/training_page.h"

#include <QCoreApplication>

namespace athanor::desktop {

namespace {

template <typename T> shell::StageEntry entry(project::Stage stage, const char *title, const char *icon)
{
    return {stage, QCoreApplication::translate("athanor", title), QString::fromLatin1(icon),
            [](shell::Session &session, QWidget *parent) -> shell::Page * { return new T(session, parent); }};
}

}  // namespace

std::vector<shell::StageEntry> stages()
{
    using project::Stage;
    return {entry<pages::ProjectPage>(Stage::Project, "Project", "project"),
            entry<pages::DataPage>(Stage::Data, "Data", "data"),
            entry<pages::TokenizerPage>(Stage::Tokenizer, "Tokenizer", "tokenizer"),
            entry<pages::ArchitecturePage>(Stage::Architecture, "Architecture", "architecture"),
            entry<pages::TrainingPage>(Stage::Training, "Training", "training"),
            entry<pages::EvaluationPage>(Stage::Evaluation, "Evaluation", "evaluation"),
            entry<pages::ChatPage>(Stage::Chat, "Chat", "chat")};
}

}  // namespace athanor::desktop
