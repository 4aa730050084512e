package main

// Main is the program: the tests run it in a process of its own.
var Main = main
