#include "ui/pages/stages/stages.h"

#include "ui/pages/architecture/architecture_page.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/evaluation/evaluation_page.h"
#include "ui/pages/project/project_page.h"
#include "ui/pages/tokenizer/tokenizer_page.h"
#include "ui/pages/training/training_page.h"

#include <QCoreApplication>

namespace athanor::pages {

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
    return {entry<ProjectPage>(Stage::Project, "Project", "project"),
            entry<DataPage>(Stage::Data, "Data", "data"),
            entry<TokenizerPage>(Stage::Tokenizer, "Tokenizer", "tokenizer"),
            entry<ArchitecturePage>(Stage::Architecture, "Architecture", "architecture"),
            entry<TrainingPage>(Stage::Training, "Training", "training"),
            entry<EvaluationPage>(Stage::Evaluation, "Evaluation", "evaluation"),
            entry<ChatPage>(Stage::Chat, "Chat", "chat")};
}

}  // namespace athanor::pages
