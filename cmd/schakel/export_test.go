package main

// Main is the program: the tests run it in a process of its own.
var Main = main

// Tree is the command tree, with every help text.
func Tree() any { return &commands{} }

// Told says a finding in a language.
var Told = told
