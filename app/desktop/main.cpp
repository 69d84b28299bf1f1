// athanor: the window. Everything is in ui/; this file only brings the stages and the window together.
#include "ui/pages/stages/stages.h"
#include "ui/shell/application.h"

int main(int argc, char **argv)
{
    return athanor::shell::runDesktop(argc, argv, athanor::pages::stages);
}
